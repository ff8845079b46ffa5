// Draws a stretch of the histogram with the mouse or a finger and asks for it; without this, each bar is a link.
"use strict";
(() => {
  const svg = document.querySelector("svg.histogram");
  if (!svg) return;
  const day = 86400000;
  const first = Date.parse(svg.dataset.first);
  const days = Math.round((Date.parse(svg.dataset.last) - first) / day) + 1;
  const brush = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  brush.setAttribute("class", "brush");
  brush.setAttribute("height", "120");
  let start = null;

  const place = (event) => {
    const box = svg.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const name = (share) => {
    const number = Math.min(days - 1, Math.floor(share * days));
    return new Date(first + number * day).toISOString().slice(0, 10);
  };
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = place(event);
    event.preventDefault();
  });
  window.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const here = place(event);
    if (Math.abs(here - start) < 0.01) return;
    brush.setAttribute("x", Math.min(start, here) * 1000);
    brush.setAttribute("width", Math.abs(here - start) * 1000);
    svg.append(brush);
  });
  window.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const [from, to] = [start, place(event)].sort((a, b) => a - b);
    start = null;
    if (!brush.isConnected) return;
    svg.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
    location.assign(svg.dataset.from.replace("FROM", name(from)).replace("TO", name(to)));
  });
})();
