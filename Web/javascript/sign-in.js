import * as passkeys from "./elements/passkeys.js";

passkeys.start();
