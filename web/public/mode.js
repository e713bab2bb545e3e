// Before anything is drawn: the brightness and the language that the watch chose last. No flash of white.
(function () {
  var root = document.documentElement;
  var mode = /(?:^|; )deconflict_mode=(dark|day|night)/.exec(document.cookie);
  var lang = /(?:^|; )deconflict_lang=(en|ru|ar)/.exec(document.cookie);
  if (mode) root.dataset.mode = mode[1];
  if (lang) {
    root.lang = lang[1];
    root.dir = lang[1] === 'ar' ? 'rtl' : 'ltr';
  }
})();
