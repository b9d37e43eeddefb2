// What a page without a data set (dashboard/page/shell.py, standing_page) shares with the others: the theme.

import { follow, toggle } from "./theme.js";

follow(() => {});
for (const button of document.querySelectorAll("[data-theme-toggle]")) button.addEventListener("click", toggle);
