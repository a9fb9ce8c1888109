// Before the first paint: the theme that was chosen last, or what the system prefers.
(function () {
  'use strict';
  var root = document.documentElement;
  var dark = matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = localStorage.getItem('theme') || (dark ? 'dark' : 'light');
  addEventListener('DOMContentLoaded', function () {
    document.getElementById('theme').addEventListener('click', function () {
      root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
      localStorage.setItem('theme', root.dataset.theme);
    });
  });
})();
