/** Modules that are fetched when first asked for. They lie beside this one, so the address is the same in every build. */
export function load(name) {
  return import(`./elements/${name}.js`);
}
