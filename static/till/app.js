/* The till page begins here: which screen is shown, and what all of them share. */

import { h, t } from "./dom.js";

document.getElementById("till").replaceChildren(h("main", {}, h("h1", {}, t("title"))));
