/* Draws the charts of utilization from the numbers that stand in the page; each has its table or sentence beside it. */
(() => {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const text = () => ({ color: css("--ink2"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 });
  const axis = () => ({ axisLine: { lineStyle: { color: css("--line") } }, axisTick: { show: false }, axisLabel: text(), splitLine: { lineStyle: { color: css("--line") } } });

  function trend(values) {
    const line = (name, numbers, color, type) => ({
      name, type: "line", data: numbers, color, symbol: "circle", symbolSize: 5, lineStyle: { width: 2, type }, connectNulls: false,
      endLabel: { show: true, formatter: "{a}", color: css("--ink"), fontSize: 12 },
    });
    const goal = ({ target, words }) => target === null ? {} : { markLine: { silent: true, symbol: "none", lineStyle: { color: css("--warn"), type: "dotted", width: 2 }, label: { position: "insideStartTop", formatter: `${words[2]} ${target}%`, color: css("--ink"), fontSize: 12 }, data: [{ yAxis: target }] } };
    return {
      grid: { left: 44, right: 96, top: 16, bottom: 28 },
      xAxis: { type: "category", data: values.months, ...axis(), splitLine: { show: false } },
      yAxis: { type: "value", min: 0, ...axis() },
      series: [{ ...line(values.words[0], values.used, css("--accent"), "solid"), ...goal(values) }, line(values.words[1], values.outside, css("--ink2"), "dashed")],
    };
  }

  function pareto(values) {
    return {
      grid: { left: 44, right: 44, top: 16, bottom: 28 },
      xAxis: { type: "category", data: values.bars.map((_, index) => index), ...axis(), axisLabel: { show: false }, splitLine: { show: false }, name: values.words[2], nameLocation: "middle", nameGap: 10, nameTextStyle: text() },
      yAxis: [{ type: "value", name: values.words[0], nameTextStyle: { ...text(), align: "left" }, ...axis() }, { type: "value", min: 0, max: 100, ...axis(), splitLine: { show: false }, axisLabel: { ...text(), formatter: "{value}%" } }],
      series: [
        { name: values.words[0], type: "bar", data: values.bars, color: css("--heat-2"), barCategoryGap: "12%" },
        { name: values.words[1], type: "line", yAxisIndex: 1, data: values.shares, color: css("--accent"), symbol: "none", lineStyle: { width: 2 } },
      ],
    };
  }

  function used(values) {
    return {
      grid: { left: 52, right: 16, top: 16, bottom: 28 },
      xAxis: { type: "category", data: values.months, ...axis(), splitLine: { show: false } },
      yAxis: { type: "value", min: 0, ...axis() },
      series: [{ name: values.words[0], type: "bar", data: values.hours, color: css("--heat-4"), barMaxWidth: 36 }],
    };
  }

  /* A click anywhere over a month or a bar goes to it; the table beside the chart has the same links for the keyboard. */
  function follow(chart, links) {
    if (!links.length) return;
    const at = (event) => chart.containPixel("grid", [event.offsetX, event.offsetY]) ? links[chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX)] : undefined;
    chart.getZr().on("click", (event) => { const link = at(event); if (link) location.assign(link); });
    chart.getZr().on("mousemove", (event) => chart.getZr().setCursorStyle(at(event) ? "pointer" : "default"));
  }

  function offer(place, chart, option) {
    const buttons = place.parentElement.querySelector(".chart-pictures");
    if (!buttons) return;
    buttons.hidden = false;
    buttons.addEventListener("click", (event) => {
      const kind = event.target.closest("[data-picture]")?.dataset.picture;
      if (kind) save(`${place.dataset.chart}.${kind}`, kind === "svg" ? chart.getDataURL({ type: "svg" }) : pixels(place, option));
    });
  }

  /* The same drawn once more on a canvas that nobody sees, twice as fine, on the ground of the page. */
  function pixels(place, option) {
    const canvas = echarts.init(document.createElement("div"), null, { renderer: "canvas", width: place.clientWidth, height: place.clientHeight });
    canvas.setOption(option);
    const found = canvas.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: css("--paper") });
    canvas.dispose();
    return found;
  }

  function save(name, address) {
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
  }

  const options = { trend, pareto, used };
  const charts = [];
  function draw() {
    document.querySelectorAll("[data-chart]").forEach((place) => {
      const chart = echarts.init(place, null, { renderer: "svg" });
      const values = JSON.parse(place.dataset.values);
      const option = { animation: false, tooltip: { trigger: "axis", confine: true, renderMode: "richText", backgroundColor: css("--paper"), borderColor: css("--line2"), textStyle: { color: css("--ink"), fontSize: 12 } }, textStyle: text(), ...options[place.dataset.chart](values) };
      chart.setOption(option);
      charts.push(chart);
      follow(chart, values.links || []);
      offer(place, chart, option);
    });
  }
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize({ width: 320 })));
  addEventListener("afterprint", () => charts.forEach((chart) => chart.resize({ width: "auto" })));
  draw();
})();
