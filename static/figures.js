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

  const options = { trend, pareto, used };
  const charts = [];
  function draw() {
    document.querySelectorAll("[data-chart]").forEach((place) => {
      const chart = echarts.init(place, null, { renderer: "svg" });
      chart.setOption({ animation: false, tooltip: { trigger: "axis", confine: true }, textStyle: text(), ...options[place.dataset.chart](JSON.parse(place.dataset.values)) });
      charts.push(chart);
    });
  }
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize({ width: 320 })));
  addEventListener("afterprint", () => charts.forEach((chart) => chart.resize({ width: "auto" })));
  draw();
})();
