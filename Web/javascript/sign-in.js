import * as passkeys from "./passkeys.js";

passkeys.start();
