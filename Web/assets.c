#include "web_assets.h"
static const web_asset assets[] = {{"", 0, 0}};
const web_asset *web_assets(size_t *count) { *count = 0; return assets; }
