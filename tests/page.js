// What a page is, measured in it. Every function hands back what is wrong.
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const isOpaque = (colour) => colour.startsWith("rgb") && (numbers(colour)[3] ?? 1) === 1;

function luminance(colour) {
  const [r, g, b] = numbers(colour)
    .slice(0, 3)
    .map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function paper(element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (isOpaque(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
}

// In SVG the last shape below the text that is filled.
function shapeBelow(text) {
  const spot = text.getBoundingClientRect();
  const [x, y] = [spot.x + spot.width / 2, spot.y + spot.height / 2];
  const below = [...text.ownerSVGElement.querySelectorAll("rect, path, circle")].filter((shape) => {
    const box = shape.getBoundingClientRect();
    const comes = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
    const holds = box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
    return comes && holds && isOpaque(getComputedStyle(shape).fill);
  });
  return below.length ? getComputedStyle(below.at(-1)).fill : paper(text.ownerSVGElement);
}

function texts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest("style, title, desc")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    if (range.getClientRects().length) found.push(node);
  }
  return found;
}

function faint() {
  return texts().flatMap((node) => {
    const element = node.parentElement;
    const isDrawn = element.ownerSVGElement;
    const style = getComputedStyle(element);
    const [ink, ground] = isDrawn ? [style.fill, shapeBelow(element)] : [style.color, paper(element)];
    const found = ratio(ink, ground);
    return found < 4.5 ? [`${node.data.trim().slice(0, 40)}: ${ink} on ${ground}, ${found}`] : [];
  });
}

const overflows = () =>
  document.documentElement.scrollWidth > document.documentElement.clientWidth
    ? [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.ownerSVGElement)
        .map((one) => one.outerHTML.slice(0, 120))
    : [];

function headings() {
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((one) => +one.tagName[1]);
  const jumps = levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
  return [levels.filter((level) => level === 1).length, jumps];
}

const scrolls = (one) =>
  /auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth;

function marked() {
  const all = [...document.querySelectorAll("body *")];
  const found = all.filter((one) => scrolls(one) || one.matches("a[href], [tabindex], summary"));
  found.forEach((one, at) => one.setAttribute("data-stop", at));
  return found.length;
}

const unnamed = () =>
  [...document.querySelectorAll("[role=region], nav, section, article, svg[role=img]")]
    .filter((one) => {
      const ids = (one.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
      const name = ids.map((id) => document.getElementById(id)?.textContent ?? "").join("");
      return !(one.getAttribute("aria-label") ?? name).trim();
    })
    .map((one) => one.outerHTML.slice(0, 120));

function twice() {
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}

const tags = () => [...new Set([...document.querySelectorAll("*")].map((one) => one.localName))];
const attributes = () => [
  ...new Set([...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames())),
];
const hidden = () =>
  [...document.querySelectorAll("main *, header *")]
    .filter((one) => one.matches("p, li, h1, h2, h3, h4, pre, dd, td.ins, td.del, svg"))
    .filter((one) => getComputedStyle(one).display === "none")
    .map((one) => one.outerHTML.slice(0, 120));
