/* Moves between scenarios worked out before. Each of them also stands in the page's table. */
(() => {
  "use strict";
  for (const place of document.querySelectorAll("[data-scenarios]")) {
    const scenarios = JSON.parse(place.querySelector("script").textContent);
    const choice = place.querySelector("select");
    const slider = place.querySelector("input");
    const unknown = { figure: "\u2013", interval: "" };

    function show() {
      const { steps } = scenarios[choice.selectedIndex];
      const step = steps[Math.round((Number(slider.value) / 100) * (steps.length - 1))];
      slider.setAttribute("aria-valuetext", step.share);
      place.querySelector(".share").textContent = step.share;
      place.querySelector(".said").textContent = step.said;
      for (const gauge of place.querySelectorAll("[data-gauge]")) {
        const mark = step.gauges[gauge.dataset.gauge];
        const band = gauge.querySelector(".band");
        const dot = gauge.querySelector(".dot");
        const { figure, interval } = mark ?? unknown;
        gauge.querySelector(".read b").textContent = figure;
        gauge.querySelector(".read span").textContent = interval;
        band.hidden = dot.hidden = !mark;
        if (!mark) continue;
        band.style.left = `${mark.low}%`;
        band.style.right = `${100 - mark.high}%`;
        dot.style.left = `${mark.at}%`;
      }
    }

    choice.addEventListener("change", show);
    slider.addEventListener("input", show);
    place.querySelector(".controls").hidden = false;
    place.closest("section").querySelector("details.data").open = false;
    show();
  }
})();
