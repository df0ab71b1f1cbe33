/* The page's files, as they are when the binary is built. Written by scripts/embed; a test compares it with the folder. */
#include "web_assets.h"

static const unsigned char file_0[] = {
#embed "api/accounts.json"
};
static const unsigned char file_1[] = {
#embed "api/administration.json"
};
static const unsigned char file_2[] = {
#embed "api/answers.json"
};
static const unsigned char file_3[] = {
#embed "api/bots.json"
};
static const unsigned char file_4[] = {
#embed "api/channels.json"
};
static const unsigned char file_5[] = {
#embed "api/direct-messages.json"
};
static const unsigned char file_6[] = {
#embed "api/document.json"
};
static const unsigned char file_7[] = {
#embed "api/emergency.json"
};
static const unsigned char file_8[] = {
#embed "api/fields.json"
};
static const unsigned char file_9[] = {
#embed "api/files.json"
};
static const unsigned char file_10[] = {
#embed "api/messages.json"
};
static const unsigned char file_11[] = {
#embed "api/server.json"
};
static const unsigned char file_12[] = {
#embed "api/webhooks.json"
};
static const unsigned char file_13[] = {
#embed "images/icon-unread.svg"
};
static const unsigned char file_14[] = {
#embed "images/icon.png"
};
static const unsigned char file_15[] = {
#embed "images/icon.svg"
};
static const unsigned char file_16[] = {
#embed "images/icons.svg"
};
static const unsigned char file_17[] = {
#embed "javascript/acting/actions.js"
};
static const unsigned char file_18[] = {
#embed "javascript/acting/toolbar.js"
};
static const unsigned char file_19[] = {
#embed "javascript/announcer.js"
};
static const unsigned char file_20[] = {
#embed "javascript/application.js"
};
static const unsigned char file_21[] = {
#embed "javascript/cable.js"
};
static const unsigned char file_22[] = {
#embed "javascript/dialogs.js"
};
static const unsigned char file_23[] = {
#embed "javascript/directory.js"
};
static const unsigned char file_24[] = {
#embed "javascript/elements/channel-sidebar.js"
};
static const unsigned char file_25[] = {
#embed "javascript/elements/connection-banner.js"
};
static const unsigned char file_26[] = {
#embed "javascript/elements/emoji-picker.js"
};
static const unsigned char file_27[] = {
#embed "javascript/elements/file-tray.js"
};
static const unsigned char file_28[] = {
#embed "javascript/elements/lightbox.js"
};
static const unsigned char file_29[] = {
#embed "javascript/elements/message-composer.js"
};
static const unsigned char file_30[] = {
#embed "javascript/elements/message-editor.js"
};
static const unsigned char file_31[] = {
#embed "javascript/elements/message-item.js"
};
static const unsigned char file_32[] = {
#embed "javascript/elements/message-list.js"
};
static const unsigned char file_33[] = {
#embed "javascript/elements/network-check.js"
};
static const unsigned char file_34[] = {
#embed "javascript/elements/passkeys.js"
};
static const unsigned char file_35[] = {
#embed "javascript/elements/quick-switcher.js"
};
static const unsigned char file_36[] = {
#embed "javascript/elements/relative-time.js"
};
static const unsigned char file_37[] = {
#embed "javascript/elements/search-page.js"
};
static const unsigned char file_38[] = {
#embed "javascript/elements/shortcuts-sheet.js"
};
static const unsigned char file_39[] = {
#embed "javascript/elements/side-panel.js"
};
static const unsigned char file_40[] = {
#embed "javascript/elements/typing-indicator.js"
};
static const unsigned char file_41[] = {
#embed "javascript/forms.js"
};
static const unsigned char file_42[] = {
#embed "javascript/http.js"
};
static const unsigned char file_43[] = {
#embed "javascript/kept-forms.js"
};
static const unsigned char file_44[] = {
#embed "javascript/keyboard.js"
};
static const unsigned char file_45[] = {
#embed "javascript/lazy.js"
};
static const unsigned char file_46[] = {
#embed "javascript/lib/addresses.js"
};
static const unsigned char file_47[] = {
#embed "javascript/lib/backoff.js"
};
static const unsigned char file_48[] = {
#embed "javascript/lib/completion.js"
};
static const unsigned char file_49[] = {
#embed "javascript/lib/drafts.js"
};
static const unsigned char file_50[] = {
#embed "javascript/lib/emoji.js"
};
static const unsigned char file_51[] = {
#embed "javascript/lib/files.js"
};
static const unsigned char file_52[] = {
#embed "javascript/lib/grouping.js"
};
static const unsigned char file_53[] = {
#embed "javascript/lib/markdown.js"
};
static const unsigned char file_54[] = {
#embed "javascript/lib/matching.js"
};
static const unsigned char file_55[] = {
#embed "javascript/lib/outbox.js"
};
static const unsigned char file_56[] = {
#embed "javascript/lib/passkeys.js"
};
static const unsigned char file_57[] = {
#embed "javascript/lib/random.js"
};
static const unsigned char file_58[] = {
#embed "javascript/lib/recent-searches.js"
};
static const unsigned char file_59[] = {
#embed "javascript/lib/search-words.js"
};
static const unsigned char file_60[] = {
#embed "javascript/lib/storage.js"
};
static const unsigned char file_61[] = {
#embed "javascript/lib/time.js"
};
static const unsigned char file_62[] = {
#embed "javascript/lib/unread.js"
};
static const unsigned char file_63[] = {
#embed "javascript/lib/uploads.js"
};
static const unsigned char file_64[] = {
#embed "javascript/live.js"
};
static const unsigned char file_65[] = {
#embed "javascript/outgoing.js"
};
static const unsigned char file_66[] = {
#embed "javascript/page.js"
};
static const unsigned char file_67[] = {
#embed "javascript/searching.js"
};
static const unsigned char file_68[] = {
#embed "javascript/sign-in.js"
};
static const unsigned char file_69[] = {
#embed "javascript/socket-notice.js"
};
static const unsigned char file_70[] = {
#embed "javascript/timeline/catch-up.js"
};
static const unsigned char file_71[] = {
#embed "javascript/timeline/files.js"
};
static const unsigned char file_72[] = {
#embed "javascript/timeline/history.js"
};
static const unsigned char file_73[] = {
#embed "javascript/timeline/pending.js"
};
static const unsigned char file_74[] = {
#embed "javascript/timeline/position.js"
};
static const unsigned char file_75[] = {
#embed "javascript/timeline/previews.js"
};
static const unsigned char file_76[] = {
#embed "javascript/timeline/reading.js"
};
static const unsigned char file_77[] = {
#embed "javascript/timeline/roaming.js"
};
static const unsigned char file_78[] = {
#embed "javascript/trust.js"
};
static const unsigned char file_79[] = {
#embed "javascript/writing/attaching.js"
};
static const unsigned char file_80[] = {
#embed "javascript/writing/completion.js"
};
static const unsigned char file_81[] = {
#embed "javascript/writing/keys.js"
};
static const unsigned char file_82[] = {
#embed "javascript/writing/preview.js"
};
static const unsigned char file_83[] = {
#embed "javascript/writing/transfer.js"
};
static const unsigned char file_84[] = {
#embed "javascript/writing/typing.js"
};
static const unsigned char file_85[] = {
#embed "stylesheets/api.css"
};
static const unsigned char file_86[] = {
#embed "stylesheets/audit.css"
};
static const unsigned char file_87[] = {
#embed "stylesheets/avatar.css"
};
static const unsigned char file_88[] = {
#embed "stylesheets/base.css"
};
static const unsigned char file_89[] = {
#embed "stylesheets/channel-sidebar.css"
};
static const unsigned char file_90[] = {
#embed "stylesheets/controls.css"
};
static const unsigned char file_91[] = {
#embed "stylesheets/dialogs.css"
};
static const unsigned char file_92[] = {
#embed "stylesheets/emergency.css"
};
static const unsigned char file_93[] = {
#embed "stylesheets/files.css"
};
static const unsigned char file_94[] = {
#embed "stylesheets/forms.css"
};
static const unsigned char file_95[] = {
#embed "stylesheets/gallery.css"
};
static const unsigned char file_96[] = {
#embed "stylesheets/link-previews.css"
};
static const unsigned char file_97[] = {
#embed "stylesheets/message-composer.css"
};
static const unsigned char file_98[] = {
#embed "stylesheets/message-item.css"
};
static const unsigned char file_99[] = {
#embed "stylesheets/message-list.css"
};
static const unsigned char file_100[] = {
#embed "stylesheets/network.css"
};
static const unsigned char file_101[] = {
#embed "stylesheets/search.css"
};
static const unsigned char file_102[] = {
#embed "stylesheets/security.css"
};
static const unsigned char file_103[] = {
#embed "stylesheets/shell.css"
};
static const unsigned char file_104[] = {
#embed "stylesheets/text.css"
};
static const unsigned char file_105[] = {
#embed "stylesheets/tokens.css"
};
static const unsigned char file_106[] = {
#embed "stylesheets/trust.css"
};
static const unsigned char file_107[] = {
#embed "templates/admin/audit.mustache"
};
static const unsigned char file_108[] = {
#embed "templates/admin/automations.mustache"
};
static const unsigned char file_109[] = {
#embed "templates/admin/bot.mustache"
};
static const unsigned char file_110[] = {
#embed "templates/admin/channels.mustache"
};
static const unsigned char file_111[] = {
#embed "templates/admin/emergency-question.mustache"
};
static const unsigned char file_112[] = {
#embed "templates/admin/emergency.mustache"
};
static const unsigned char file_113[] = {
#embed "templates/admin/health.mustache"
};
static const unsigned char file_114[] = {
#embed "templates/admin/limits.mustache"
};
static const unsigned char file_115[] = {
#embed "templates/admin/network.mustache"
};
static const unsigned char file_116[] = {
#embed "templates/admin/overview.mustache"
};
static const unsigned char file_117[] = {
#embed "templates/admin/role.mustache"
};
static const unsigned char file_118[] = {
#embed "templates/admin/settings.mustache"
};
static const unsigned char file_119[] = {
#embed "templates/admin/tabs.mustache"
};
static const unsigned char file_120[] = {
#embed "templates/admin/token-rows.mustache"
};
static const unsigned char file_121[] = {
#embed "templates/admin/tokens.mustache"
};
static const unsigned char file_122[] = {
#embed "templates/admin/users.mustache"
};
static const unsigned char file_123[] = {
#embed "templates/channels/browse.mustache"
};
static const unsigned char file_124[] = {
#embed "templates/channels/channel.mustache"
};
static const unsigned char file_125[] = {
#embed "templates/channels/files.mustache"
};
static const unsigned char file_126[] = {
#embed "templates/channels/form.mustache"
};
static const unsigned char file_127[] = {
#embed "templates/channels/header.mustache"
};
static const unsigned char file_128[] = {
#embed "templates/channels/members-panel.mustache"
};
static const unsigned char file_129[] = {
#embed "templates/channels/members.mustache"
};
static const unsigned char file_130[] = {
#embed "templates/channels/new-direct-message.mustache"
};
static const unsigned char file_131[] = {
#embed "templates/layout-app.mustache"
};
static const unsigned char file_132[] = {
#embed "templates/layout-card.mustache"
};
static const unsigned char file_133[] = {
#embed "templates/layout-page.mustache"
};
static const unsigned char file_134[] = {
#embed "templates/layout-wide.mustache"
};
static const unsigned char file_135[] = {
#embed "templates/layout.mustache"
};
static const unsigned char file_136[] = {
#embed "templates/layout/csrf.mustache"
};
static const unsigned char file_137[] = {
#embed "templates/layout/icon-close.mustache"
};
static const unsigned char file_138[] = {
#embed "templates/layout/notice.mustache"
};
static const unsigned char file_139[] = {
#embed "templates/layout/page-header.mustache"
};
static const unsigned char file_140[] = {
#embed "templates/layout/read-only.mustache"
};
static const unsigned char file_141[] = {
#embed "templates/layout/sidebar-row.mustache"
};
static const unsigned char file_142[] = {
#embed "templates/layout/sidebar.mustache"
};
static const unsigned char file_143[] = {
#embed "templates/messages/action.mustache"
};
static const unsigned char file_144[] = {
#embed "templates/messages/attachment.mustache"
};
static const unsigned char file_145[] = {
#embed "templates/messages/composer.mustache"
};
static const unsigned char file_146[] = {
#embed "templates/messages/excerpt.mustache"
};
static const unsigned char file_147[] = {
#embed "templates/messages/files.mustache"
};
static const unsigned char file_148[] = {
#embed "templates/messages/history.mustache"
};
static const unsigned char file_149[] = {
#embed "templates/messages/message.mustache"
};
static const unsigned char file_150[] = {
#embed "templates/messages/picture.mustache"
};
static const unsigned char file_151[] = {
#embed "templates/messages/pins-panel.mustache"
};
static const unsigned char file_152[] = {
#embed "templates/messages/pins.mustache"
};
static const unsigned char file_153[] = {
#embed "templates/messages/preview.mustache"
};
static const unsigned char file_154[] = {
#embed "templates/messages/reaction.mustache"
};
static const unsigned char file_155[] = {
#embed "templates/messages/templates.mustache"
};
static const unsigned char file_156[] = {
#embed "templates/messages/thread-panel.mustache"
};
static const unsigned char file_157[] = {
#embed "templates/messages/thread.mustache"
};
static const unsigned char file_158[] = {
#embed "templates/messages/timeline.mustache"
};
static const unsigned char file_159[] = {
#embed "templates/search/results.mustache"
};
static const unsigned char file_160[] = {
#embed "templates/search/syntax.mustache"
};
static const unsigned char file_161[] = {
#embed "templates/settings/backup-codes.mustache"
};
static const unsigned char file_162[] = {
#embed "templates/settings/confirm.mustache"
};
static const unsigned char file_163[] = {
#embed "templates/settings/new-secret.mustache"
};
static const unsigned char file_164[] = {
#embed "templates/settings/preferences.mustache"
};
static const unsigned char file_165[] = {
#embed "templates/settings/profile.mustache"
};
static const unsigned char file_166[] = {
#embed "templates/settings/second-factor.mustache"
};
static const unsigned char file_167[] = {
#embed "templates/settings/security.mustache"
};
static const unsigned char file_168[] = {
#embed "templates/settings/tabs.mustache"
};
static const unsigned char file_169[] = {
#embed "templates/settings/tokens.mustache"
};
static const unsigned char file_170[] = {
#embed "templates/sign-in/forgotten.mustache"
};
static const unsigned char file_171[] = {
#embed "templates/sign-in/new-account-fields.mustache"
};
static const unsigned char file_172[] = {
#embed "templates/sign-in/new-password-fields.mustache"
};
static const unsigned char file_173[] = {
#embed "templates/sign-in/new-password.mustache"
};
static const unsigned char file_174[] = {
#embed "templates/sign-in/openid-departure.mustache"
};
static const unsigned char file_175[] = {
#embed "templates/sign-in/openid-problem.mustache"
};
static const unsigned char file_176[] = {
#embed "templates/sign-in/reset.mustache"
};
static const unsigned char file_177[] = {
#embed "templates/sign-in/second-step.mustache"
};
static const unsigned char file_178[] = {
#embed "templates/sign-in/signin.mustache"
};
static const unsigned char file_179[] = {
#embed "templates/sign-in/signup.mustache"
};
static const unsigned char file_180[] = {
#embed "templates/sign-in/waiting.mustache"
};
static const unsigned char file_181[] = {
#embed "templates/sign-in/welcome.mustache"
};
static const unsigned char file_182[] = {
#embed "templates/site/about.mustache"
};
static const unsigned char file_183[] = {
#embed "templates/site/api.mustache"
};
static const unsigned char file_184[] = {
#embed "templates/site/connection.mustache"
};
static const unsigned char file_185[] = {
#embed "templates/site/error.mustache"
};
static const unsigned char file_186[] = {
#embed "templates/site/privacy.mustache"
};
static const unsigned char file_187[] = {
#embed "templates/site/snippets.mustache"
};
static const unsigned char file_188[] = {
#embed "templates/site/terms.mustache"
};
static const unsigned char file_189[] = {
#embed "templates/site/trust.mustache"
};
#if __has_embed("generated/emoji.json") == __STDC_EMBED_FOUND__
static const unsigned char made[] = {
#embed "generated/emoji.json"
};
#endif

static const web_asset assets[] = {
#if __has_embed("generated/emoji.json") == __STDC_EMBED_FOUND__
    {"generated/emoji.json", made, sizeof made},
#endif
    {"api/accounts.json", file_0, sizeof file_0},
    {"api/administration.json", file_1, sizeof file_1},
    {"api/answers.json", file_2, sizeof file_2},
    {"api/bots.json", file_3, sizeof file_3},
    {"api/channels.json", file_4, sizeof file_4},
    {"api/direct-messages.json", file_5, sizeof file_5},
    {"api/document.json", file_6, sizeof file_6},
    {"api/emergency.json", file_7, sizeof file_7},
    {"api/fields.json", file_8, sizeof file_8},
    {"api/files.json", file_9, sizeof file_9},
    {"api/messages.json", file_10, sizeof file_10},
    {"api/server.json", file_11, sizeof file_11},
    {"api/webhooks.json", file_12, sizeof file_12},
    {"images/icon-unread.svg", file_13, sizeof file_13},
    {"images/icon.png", file_14, sizeof file_14},
    {"images/icon.svg", file_15, sizeof file_15},
    {"images/icons.svg", file_16, sizeof file_16},
    {"javascript/acting/actions.js", file_17, sizeof file_17},
    {"javascript/acting/toolbar.js", file_18, sizeof file_18},
    {"javascript/announcer.js", file_19, sizeof file_19},
    {"javascript/application.js", file_20, sizeof file_20},
    {"javascript/cable.js", file_21, sizeof file_21},
    {"javascript/dialogs.js", file_22, sizeof file_22},
    {"javascript/directory.js", file_23, sizeof file_23},
    {"javascript/elements/channel-sidebar.js", file_24, sizeof file_24},
    {"javascript/elements/connection-banner.js", file_25, sizeof file_25},
    {"javascript/elements/emoji-picker.js", file_26, sizeof file_26},
    {"javascript/elements/file-tray.js", file_27, sizeof file_27},
    {"javascript/elements/lightbox.js", file_28, sizeof file_28},
    {"javascript/elements/message-composer.js", file_29, sizeof file_29},
    {"javascript/elements/message-editor.js", file_30, sizeof file_30},
    {"javascript/elements/message-item.js", file_31, sizeof file_31},
    {"javascript/elements/message-list.js", file_32, sizeof file_32},
    {"javascript/elements/network-check.js", file_33, sizeof file_33},
    {"javascript/elements/passkeys.js", file_34, sizeof file_34},
    {"javascript/elements/quick-switcher.js", file_35, sizeof file_35},
    {"javascript/elements/relative-time.js", file_36, sizeof file_36},
    {"javascript/elements/search-page.js", file_37, sizeof file_37},
    {"javascript/elements/shortcuts-sheet.js", file_38, sizeof file_38},
    {"javascript/elements/side-panel.js", file_39, sizeof file_39},
    {"javascript/elements/typing-indicator.js", file_40, sizeof file_40},
    {"javascript/forms.js", file_41, sizeof file_41},
    {"javascript/http.js", file_42, sizeof file_42},
    {"javascript/kept-forms.js", file_43, sizeof file_43},
    {"javascript/keyboard.js", file_44, sizeof file_44},
    {"javascript/lazy.js", file_45, sizeof file_45},
    {"javascript/lib/addresses.js", file_46, sizeof file_46},
    {"javascript/lib/backoff.js", file_47, sizeof file_47},
    {"javascript/lib/completion.js", file_48, sizeof file_48},
    {"javascript/lib/drafts.js", file_49, sizeof file_49},
    {"javascript/lib/emoji.js", file_50, sizeof file_50},
    {"javascript/lib/files.js", file_51, sizeof file_51},
    {"javascript/lib/grouping.js", file_52, sizeof file_52},
    {"javascript/lib/markdown.js", file_53, sizeof file_53},
    {"javascript/lib/matching.js", file_54, sizeof file_54},
    {"javascript/lib/outbox.js", file_55, sizeof file_55},
    {"javascript/lib/passkeys.js", file_56, sizeof file_56},
    {"javascript/lib/random.js", file_57, sizeof file_57},
    {"javascript/lib/recent-searches.js", file_58, sizeof file_58},
    {"javascript/lib/search-words.js", file_59, sizeof file_59},
    {"javascript/lib/storage.js", file_60, sizeof file_60},
    {"javascript/lib/time.js", file_61, sizeof file_61},
    {"javascript/lib/unread.js", file_62, sizeof file_62},
    {"javascript/lib/uploads.js", file_63, sizeof file_63},
    {"javascript/live.js", file_64, sizeof file_64},
    {"javascript/outgoing.js", file_65, sizeof file_65},
    {"javascript/page.js", file_66, sizeof file_66},
    {"javascript/searching.js", file_67, sizeof file_67},
    {"javascript/sign-in.js", file_68, sizeof file_68},
    {"javascript/socket-notice.js", file_69, sizeof file_69},
    {"javascript/timeline/catch-up.js", file_70, sizeof file_70},
    {"javascript/timeline/files.js", file_71, sizeof file_71},
    {"javascript/timeline/history.js", file_72, sizeof file_72},
    {"javascript/timeline/pending.js", file_73, sizeof file_73},
    {"javascript/timeline/position.js", file_74, sizeof file_74},
    {"javascript/timeline/previews.js", file_75, sizeof file_75},
    {"javascript/timeline/reading.js", file_76, sizeof file_76},
    {"javascript/timeline/roaming.js", file_77, sizeof file_77},
    {"javascript/trust.js", file_78, sizeof file_78},
    {"javascript/writing/attaching.js", file_79, sizeof file_79},
    {"javascript/writing/completion.js", file_80, sizeof file_80},
    {"javascript/writing/keys.js", file_81, sizeof file_81},
    {"javascript/writing/preview.js", file_82, sizeof file_82},
    {"javascript/writing/transfer.js", file_83, sizeof file_83},
    {"javascript/writing/typing.js", file_84, sizeof file_84},
    {"stylesheets/api.css", file_85, sizeof file_85},
    {"stylesheets/audit.css", file_86, sizeof file_86},
    {"stylesheets/avatar.css", file_87, sizeof file_87},
    {"stylesheets/base.css", file_88, sizeof file_88},
    {"stylesheets/channel-sidebar.css", file_89, sizeof file_89},
    {"stylesheets/controls.css", file_90, sizeof file_90},
    {"stylesheets/dialogs.css", file_91, sizeof file_91},
    {"stylesheets/emergency.css", file_92, sizeof file_92},
    {"stylesheets/files.css", file_93, sizeof file_93},
    {"stylesheets/forms.css", file_94, sizeof file_94},
    {"stylesheets/gallery.css", file_95, sizeof file_95},
    {"stylesheets/link-previews.css", file_96, sizeof file_96},
    {"stylesheets/message-composer.css", file_97, sizeof file_97},
    {"stylesheets/message-item.css", file_98, sizeof file_98},
    {"stylesheets/message-list.css", file_99, sizeof file_99},
    {"stylesheets/network.css", file_100, sizeof file_100},
    {"stylesheets/search.css", file_101, sizeof file_101},
    {"stylesheets/security.css", file_102, sizeof file_102},
    {"stylesheets/shell.css", file_103, sizeof file_103},
    {"stylesheets/text.css", file_104, sizeof file_104},
    {"stylesheets/tokens.css", file_105, sizeof file_105},
    {"stylesheets/trust.css", file_106, sizeof file_106},
    {"templates/admin/audit.mustache", file_107, sizeof file_107},
    {"templates/admin/automations.mustache", file_108, sizeof file_108},
    {"templates/admin/bot.mustache", file_109, sizeof file_109},
    {"templates/admin/channels.mustache", file_110, sizeof file_110},
    {"templates/admin/emergency-question.mustache", file_111, sizeof file_111},
    {"templates/admin/emergency.mustache", file_112, sizeof file_112},
    {"templates/admin/health.mustache", file_113, sizeof file_113},
    {"templates/admin/limits.mustache", file_114, sizeof file_114},
    {"templates/admin/network.mustache", file_115, sizeof file_115},
    {"templates/admin/overview.mustache", file_116, sizeof file_116},
    {"templates/admin/role.mustache", file_117, sizeof file_117},
    {"templates/admin/settings.mustache", file_118, sizeof file_118},
    {"templates/admin/tabs.mustache", file_119, sizeof file_119},
    {"templates/admin/token-rows.mustache", file_120, sizeof file_120},
    {"templates/admin/tokens.mustache", file_121, sizeof file_121},
    {"templates/admin/users.mustache", file_122, sizeof file_122},
    {"templates/channels/browse.mustache", file_123, sizeof file_123},
    {"templates/channels/channel.mustache", file_124, sizeof file_124},
    {"templates/channels/files.mustache", file_125, sizeof file_125},
    {"templates/channels/form.mustache", file_126, sizeof file_126},
    {"templates/channels/header.mustache", file_127, sizeof file_127},
    {"templates/channels/members-panel.mustache", file_128, sizeof file_128},
    {"templates/channels/members.mustache", file_129, sizeof file_129},
    {"templates/channels/new-direct-message.mustache", file_130, sizeof file_130},
    {"templates/layout-app.mustache", file_131, sizeof file_131},
    {"templates/layout-card.mustache", file_132, sizeof file_132},
    {"templates/layout-page.mustache", file_133, sizeof file_133},
    {"templates/layout-wide.mustache", file_134, sizeof file_134},
    {"templates/layout.mustache", file_135, sizeof file_135},
    {"templates/layout/csrf.mustache", file_136, sizeof file_136},
    {"templates/layout/icon-close.mustache", file_137, sizeof file_137},
    {"templates/layout/notice.mustache", file_138, sizeof file_138},
    {"templates/layout/page-header.mustache", file_139, sizeof file_139},
    {"templates/layout/read-only.mustache", file_140, sizeof file_140},
    {"templates/layout/sidebar-row.mustache", file_141, sizeof file_141},
    {"templates/layout/sidebar.mustache", file_142, sizeof file_142},
    {"templates/messages/action.mustache", file_143, sizeof file_143},
    {"templates/messages/attachment.mustache", file_144, sizeof file_144},
    {"templates/messages/composer.mustache", file_145, sizeof file_145},
    {"templates/messages/excerpt.mustache", file_146, sizeof file_146},
    {"templates/messages/files.mustache", file_147, sizeof file_147},
    {"templates/messages/history.mustache", file_148, sizeof file_148},
    {"templates/messages/message.mustache", file_149, sizeof file_149},
    {"templates/messages/picture.mustache", file_150, sizeof file_150},
    {"templates/messages/pins-panel.mustache", file_151, sizeof file_151},
    {"templates/messages/pins.mustache", file_152, sizeof file_152},
    {"templates/messages/preview.mustache", file_153, sizeof file_153},
    {"templates/messages/reaction.mustache", file_154, sizeof file_154},
    {"templates/messages/templates.mustache", file_155, sizeof file_155},
    {"templates/messages/thread-panel.mustache", file_156, sizeof file_156},
    {"templates/messages/thread.mustache", file_157, sizeof file_157},
    {"templates/messages/timeline.mustache", file_158, sizeof file_158},
    {"templates/search/results.mustache", file_159, sizeof file_159},
    {"templates/search/syntax.mustache", file_160, sizeof file_160},
    {"templates/settings/backup-codes.mustache", file_161, sizeof file_161},
    {"templates/settings/confirm.mustache", file_162, sizeof file_162},
    {"templates/settings/new-secret.mustache", file_163, sizeof file_163},
    {"templates/settings/preferences.mustache", file_164, sizeof file_164},
    {"templates/settings/profile.mustache", file_165, sizeof file_165},
    {"templates/settings/second-factor.mustache", file_166, sizeof file_166},
    {"templates/settings/security.mustache", file_167, sizeof file_167},
    {"templates/settings/tabs.mustache", file_168, sizeof file_168},
    {"templates/settings/tokens.mustache", file_169, sizeof file_169},
    {"templates/sign-in/forgotten.mustache", file_170, sizeof file_170},
    {"templates/sign-in/new-account-fields.mustache", file_171, sizeof file_171},
    {"templates/sign-in/new-password-fields.mustache", file_172, sizeof file_172},
    {"templates/sign-in/new-password.mustache", file_173, sizeof file_173},
    {"templates/sign-in/openid-departure.mustache", file_174, sizeof file_174},
    {"templates/sign-in/openid-problem.mustache", file_175, sizeof file_175},
    {"templates/sign-in/reset.mustache", file_176, sizeof file_176},
    {"templates/sign-in/second-step.mustache", file_177, sizeof file_177},
    {"templates/sign-in/signin.mustache", file_178, sizeof file_178},
    {"templates/sign-in/signup.mustache", file_179, sizeof file_179},
    {"templates/sign-in/waiting.mustache", file_180, sizeof file_180},
    {"templates/sign-in/welcome.mustache", file_181, sizeof file_181},
    {"templates/site/about.mustache", file_182, sizeof file_182},
    {"templates/site/api.mustache", file_183, sizeof file_183},
    {"templates/site/connection.mustache", file_184, sizeof file_184},
    {"templates/site/error.mustache", file_185, sizeof file_185},
    {"templates/site/privacy.mustache", file_186, sizeof file_186},
    {"templates/site/snippets.mustache", file_187, sizeof file_187},
    {"templates/site/terms.mustache", file_188, sizeof file_188},
    {"templates/site/trust.mustache", file_189, sizeof file_189},
};

const web_asset *web_assets(size_t *count) {
    *count = sizeof assets / sizeof *assets;
    return assets;
}
