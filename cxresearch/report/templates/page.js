/* Draws the page's charts. Everything said here is also in the page's text and tables. */
(() => {
  "use strict";
  const NARROW = 560; /* below this width a chart takes its narrow form */
  const options = { actions: false, ast: true, renderer: "svg", mode: "vega-lite" };
  const places = [...document.querySelectorAll("[data-chart]")];

  function specs(place) {
    const id = CSS.escape(place.dataset.chart);
    return JSON.parse(document.querySelector(`script[data-spec="${id}"]`).textContent);
  }

  async function draw(place, forms) {
    const narrow = place.clientWidth < NARROW;
    const form = narrow && forms.spec_narrow ? "spec_narrow" : "spec";
    if (place.dataset.form === form) return;
    place.dataset.form = form;
    const live = place.querySelector(".live");
    try {
      place.view?.finalize();
      place.view = (await vegaEmbed(live, forms[form], options)).view;
      place.dataset.drawn = "true";
    } catch (error) {
      live.replaceChildren();
      delete place.dataset.drawn;
      place.closest("section").querySelector(".undrawn").hidden = false;
      console.error(error);
    }
  }

  async function drawAll() {
    for (const place of places) {
      const forms = specs(place);
      await draw(place, forms);
      new ResizeObserver(() => draw(place, forms)).observe(place);
    }
    document.documentElement.dataset.charts = "drawn";
  }

  /* The map that has a sheet of its own is drawn as wide as the sheet, not as the screen. */
  const SHEET = 1240;
  function widen(isPrinted) {
    const place = document.querySelector("#journey-map [data-form=spec]");
    if (!place?.view) return;
    const onScreen = Number(specs(place).spec.width) || place.clientWidth;
    place.view.width(isPrinted ? SHEET : onScreen).run();
  }

  /* On paper the tables behind the charts are open. */
  const opened = [];
  window.addEventListener("beforeprint", () => {
    widen(true);
    for (const data of document.querySelectorAll("details.data:not([open])")) {
      data.open = true;
      opened.push(data);
    }
  });
  window.addEventListener("afterprint", () => {
    widen(false);
    for (const data of opened.splice(0)) data.open = false;
  });

  drawAll();
})();
