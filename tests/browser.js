// What the tests ask of a page that is open in a browser.  Evaluated as one object of functions.
({
  // Folded solutions and menus hide text and controls that have to be right as well.
  unfold() {
    document.querySelectorAll("details").forEach((d) => { d.open = true; });
    document.querySelectorAll(".toggle-hidden").forEach((d) => d.classList.remove("toggle-hidden"));
    const still = document.createElement("style");   // no colour is caught on its way to another
    still.textContent = "*, *::before, *::after { transition: none !important; animation: none !important; }";
    document.head.append(still);
  },

  theme(name) {
    document.documentElement.dataset.mode = name;
    document.documentElement.dataset.theme = name;
  },

  // Text that stands out too little: [ratio, text, colour, ground, where], worst first.
  pale(least) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const seen = new Map();
    const rgba = (colour) => {   // whatever CSS can say, as red, green, blue, alpha
      if (!seen.has(colour)) {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        seen.set(colour, [r, g, b, a / 255]);
      }
      return seen.get(colour);
    };
    const over = (top, below, share = 1) => below.map((v, i) => v + (top[i] - v) * top[3] * share);
    const light = (c) => {
      const [r, g, b] = c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const grounds = new Map();
    const ground = (element) => {   // the colours of all ancestors, laid over each other
      if (!element) return rgba(getComputedStyle(document.documentElement).backgroundColor)[3] ? null : [255, 255, 255];
      if (!grounds.has(element)) {
        const below = ground(element.parentElement) ?? [255, 255, 255];
        grounds.set(element, over(rgba(getComputedStyle(element).backgroundColor), below));
      }
      return grounds.get(element);
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || element.closest("script, style, noscript, mjx-assistive-mml")) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width < 2 || box.height < 2 || element.closest(":disabled, [aria-disabled=true]")) continue;
      if (element.closest(".visually-hidden, .sr-only")) continue;
      let share = 1;
      for (let e = element; e; e = e.parentElement) share *= parseFloat(getComputedStyle(e).opacity);
      const style = getComputedStyle(element);
      const below = ground(element);
      const ink = over(rgba(element.closest("svg") ? style.fill : style.color), below, share);
      const [high, low] = [light(ink), light(below)].sort((a, b) => b - a);
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < least) {
        const where = `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}`;
        const name = (c) => `rgb(${c.slice(0, 3).map(Math.round)})`;
        found.push([+ratio.toFixed(2), node.data.trim().slice(0, 40), name(ink), name(below), where]);
      }
    }
    return found.sort((a, b) => a[0] - b[0]);
  },

  // How far the page reaches to the right, and what does so.
  width() {
    const limit = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > limit + 1);
    return [document.scrollingElement.scrollWidth, wide.slice(0, 5).map((e) => `${e.tagName}.${e.className}`)];
  },

  // All that can be clicked and seen, by a number that is written on it.
  controls() {
    const kinds = "a[href], button, input, select, textarea, summary, [role=button], [role=slider], [onclick]";
    const seen = [...document.querySelectorAll(kinds)].filter((e) => {
      const box = e.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && !e.disabled && !e.closest("dialog:not([open])")
        && e.checkVisibility({ visibilityProperty: true });
    });
    seen.forEach((e, i) => { e.dataset.control = i; });
    return seen.map((e) => `${e.tagName.toLowerCase()}.${e.className}: ${(e.textContent || e.title).trim().slice(0, 40)}`);
  },

  // Where the keyboard is: the number of the control, and whether anything shows it.
  focused() {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const style = getComputedStyle(e);
    const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
    return [e.dataset.control === undefined ? null : +e.dataset.control, shown, e.outerHTML.slice(0, 80)];
  },

  // The saved widgets of a page: how many there are, and how many have been drawn.
  widgets() {
    const saved = document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]').length;
    const drawn = [...document.querySelectorAll(".widget-subarea, .jupyter-widgets")].filter(
      (e) => e.offsetHeight > 10 && !e.parentElement.closest(".jupyter-widgets, .widget-subarea"));
    return [saved, drawn.length];
  },
})
