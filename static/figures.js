/* Draws the charts of utilization from the numbers that stand in the page; each has its table or sentence beside it. */
(() => {
  /* Drawings name the tokens of the look, so that they follow the page's light and dark, and paper, as any other part of it does. */
  const asToken = (name) => `var(${name})`;
  const asValue = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let css = asToken;
  /* With single quotes, since a picture that is saved holds it in an attribute. */
  const family = getComputedStyle(document.body).fontFamily.replaceAll('"', "'");
  const text = () => ({ color: css("--ink2"), fontFamily: family, fontSize: 12 });
  const axis = () => ({ axisLine: { lineStyle: { color: css("--line") } }, axisTick: { show: false }, axisLabel: text(), splitLine: { lineStyle: { color: css("--line") } } });
  /* What is pointed at would be coloured anew, from a colour and not from a token. */
  const still = { emphasis: { disabled: true } };

  /* A line across at what is to be reached, of which the axis takes account wherever the values lie. */
  function goal(words, at) {
    if (at === null) return [];
    const mark = { silent: true, symbol: "none", lineStyle: { color: css("--warn"), type: "dotted", width: 2 }, label: { position: "insideStartTop", formatter: words, color: css("--ink"), fontSize: 12 }, data: [{ yAxis: at }] };
    return [{ name: words, type: "line", silent: true, data: [at], symbol: "none", lineStyle: { opacity: 0 }, markLine: mark }];
  }

  function trend(values) {
    const line = (name, numbers, color, type) => ({
      name, type: "line", ...still, data: numbers, color, symbol: "circle", symbolSize: 5, lineStyle: { width: 2, type }, connectNulls: false,
      endLabel: { show: true, formatter: "{a}", color: css("--ink"), fontSize: 12 },
    });
    const means = (lines) => lines.length ? { markLine: { silent: true, symbol: "none", lineStyle: { color: css("--ink3"), type: "dotted", width: 1 }, data: lines.map(([name, share]) => ({ yAxis: share, label: { position: "insideStartBottom", formatter: `${name} ${share}%`, color: css("--ink2"), fontSize: 12 } })) } } : {};
    return {
      grid: { left: 44, right: 96, top: 16, bottom: 28 },
      xAxis: { type: "category", data: values.months, ...axis(), splitLine: { show: false } },
      yAxis: { type: "value", min: 0, ...axis() },
      series: [line(values.words[0], values.used, css("--accent"), "solid"), { ...line(values.words[1], values.outside, css("--ink2"), "dashed"), ...means(values.means) }, ...goal(`${values.words[2]} ${values.target}%`, values.target)],
    };
  }

  /* The tail of what nobody used, hatched as what is idle, with how many they are. */
  const LETTER = 8, LINE = 16;
  function tail({ idle, bars }, width) {
    if (!idle) return {};
    // Words that are longer than the tail is wide stand upright in it; where it has no room for these either, the sentence below says it.
    const room = (width - 100) * (bars.length - idle.first) / bars.length, along = idle.words.length * LETTER > room;
    const hatch = { color: css("--maintenance-a"), decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: css("--maintenance-b") } };
    return { markArea: { silent: true, itemStyle: hatch, label: { show: !along || room > LINE, position: along ? "inside" : "insideBottom", rotate: along ? 90 : 0, color: css("--on-maintenance"), fontSize: 12 }, data: [[{ name: idle.words, xAxis: idle.first }, { xAxis: bars.length - 1 }]] } };
  }

  function pareto(values, width) {
    return {
      grid: { left: 44, right: 56, top: 16, bottom: 28 },
      xAxis: { type: "category", data: values.bars.map((_, index) => index), ...axis(), axisLabel: { show: false }, splitLine: { show: false }, name: values.words[2], nameLocation: "middle", nameGap: 10, nameTextStyle: text() },
      yAxis: [{ type: "value", name: values.words[0], nameTextStyle: { ...text(), align: "left" }, ...axis() }, { type: "value", min: 0, max: 100, ...axis(), splitLine: { show: false }, axisLabel: { ...text(), formatter: "{value}%" } }],
      series: [
        { name: values.words[0], type: "bar", ...still, data: values.bars, color: css("--heat-2"), barCategoryGap: "12%", ...tail(values, width) },
        { name: values.words[1], type: "line", ...still, yAxisIndex: 1, data: values.shares, color: css("--accent"), symbol: "none", lineStyle: { width: 2 } },
      ],
    };
  }

  function used(values) {
    return {
      grid: { left: 52, right: 16, top: 16, bottom: 28 },
      xAxis: { type: "category", data: values.months, ...axis(), splitLine: { show: false } },
      yAxis: { type: "value", min: 0, ...axis() },
      series: [{ name: values.words[0], type: "bar", ...still, data: values.hours, color: css("--heat-4"), barMaxWidth: 36 }, ...goal(values.words[1], values.target)],
    };
  }

  /* What was reserved beside what was used, and what of it nobody used, hatched as what is idle. */
  function booked(values) {
    const idle = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: css("--maintenance-b") };
    const looks = [{ color: css("--heat-2") }, { color: css("--heat-4") }, { color: css("--maintenance-a"), decal: idle }];
    return {
      grid: { left: 52, right: 16, top: 40, bottom: 28 },
      legend: { data: values.bars.map(({ name }) => name), top: 8, right: 16, itemWidth: 14, itemHeight: 10, textStyle: text(), selectedMode: false },
      xAxis: { type: "category", data: values.months, ...axis(), splitLine: { show: false } },
      yAxis: { type: "value", min: 0, ...axis() },
      series: values.bars.map(({ name, hours }, place) => ({ name, type: "bar", ...still, data: hours, itemStyle: looks[place], barMaxWidth: 20, barGap: "10%" })),
    };
  }

  /* A click anywhere over a month or a bar goes to it; the table beside the chart has the same links for the keyboard. */
  function follow(chart, links) {
    if (!links.length) return;
    const at = (event) => chart.containPixel("grid", [event.offsetX, event.offsetY]) ? links[chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX)] : undefined;
    chart.getZr().on("click", (event) => { const link = at(event); if (link) location.assign(link); });
    chart.getZr().on("mousemove", (event) => chart.getZr().setCursorStyle(at(event) ? "pointer" : "default"));
  }

  /* A picture of a table in one hue: its numbers in their cells, coloured as on the page. */
  function heat(table) {
    const words = (cells) => [...cells].map((cell) => cell.textContent.trim());
    const columns = words(table.tHead.rows[0].querySelectorAll("th"));
    const rows = [...table.tBodies[0].rows];
    const cells = rows.flatMap((row, y) => [...row.querySelectorAll("td")].map((cell, x) => {
      const looks = getComputedStyle(cell);
      return { value: [x, y], words: cell.textContent.trim(), fill: looks.backgroundColor, ink: looks.color, own: cell.classList.contains("own") };
    }));
    const wide = Math.max(...columns.map((name) => name.length)) > 5;
    const cell = wide ? 84 : 34, left = wide ? 220 : 60;
    const renderItem = (params, api) => {
      const { words: number, fill, ink, own } = cells[params.dataIndex];
      const [x, y] = api.coord([api.value(0), api.value(1)]), [width, height] = api.size([1, 1]);
      return { type: "group", children: [
        { type: "rect", shape: { x: x - width / 2 + 1, y: y - height / 2 + 1, width: width - 2, height: height - 2, r: 2 }, style: { fill, stroke: own ? css("--ink") : "none", lineWidth: 2 } },
        { type: "text", style: { text: number, x, y, fill: ink, align: "center", verticalAlign: "middle", font: `12px ${text().fontFamily}` } },
      ] };
    };
    const plain = { axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false } };
    return {
      width: left + columns.length * cell + 16, height: 32 + rows.length * 28 + 12,
      grid: { left, right: 16, top: 32, bottom: 12 },
      xAxis: { type: "category", position: "top", data: columns, ...plain, axisLabel: { ...text(), interval: 0, width: cell - 4, overflow: "truncate" } },
      yAxis: { type: "category", inverse: true, data: words(rows.map((row) => row.querySelector("th"))), ...plain, axisLabel: { ...text(), interval: 0, width: left - 12, overflow: "truncate" } },
      series: [{ type: "custom", renderItem, data: cells.map((each) => each.value) }],
    };
  }

  /* Bars from one step to the next, with the hours and the share of the step before. */
  function funnel(table) {
    const rows = [...table.tBodies[0].rows];
    const words = (row, which) => row.querySelector(which).textContent.trim();
    return {
      width: 640, height: rows.length * 36 + 16,
      grid: { left: 130, right: 150, top: 8, bottom: 8 },
      xAxis: { type: "value", max: 100, show: false },
      yAxis: { type: "category", inverse: true, data: rows.map((row) => words(row, "th")), axisLine: { show: false }, axisTick: { show: false }, axisLabel: text() },
      series: [{
        type: "bar", color: css("--heat-4"), barWidth: 16, data: rows.map((row) => Number(row.querySelector("rect").getAttribute("width"))),
        label: { show: true, position: "right", color: css("--ink"), fontSize: 12, formatter: ({ dataIndex }) => `${words(rows[dataIndex], "b")}   ${words(rows[dataIndex], "td:last-child")}` },
      }],
    };
  }

  const drawn = { heat, funnel };

  /* Take it away with what it is and what it is of above it, since a picture leaves its page. */
  function offer(place, sized) {
    place.querySelectorAll("[data-picture][hidden]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => save(`${place.dataset.name}.${button.dataset.picture}`, picture(button.dataset.picture, place, sized)));
    });
  }

  function picture(kind, place, sized) {
    css = kind === "svg" ? asToken : asValue;
    const { width, height, ...option } = sized(), renderer = kind === "svg" ? "svg" : "canvas", above = 56, ground = css("--paper");
    const chart = echarts.init(document.createElement("div"), null, { renderer, width: Math.max(width, 420), height: height + above });
    chart.setOption({
      ...option, animation: false, backgroundColor: ground, textStyle: text(), grid: { ...option.grid, top: option.grid.top + above },
      ...(option.legend ? { legend: { ...option.legend, top: above } } : {}),
      title: { text: place.dataset.title, subtext: place.dataset.of, left: 12, top: 8, itemGap: 4, textStyle: { ...text(), color: css("--ink"), fontSize: 15, fontWeight: 600 }, subtextStyle: text() },
    });
    const found = kind === "svg" ? adapting(chart.getDataURL({ type: "svg" })) : chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: ground });
    chart.dispose();
    css = asToken;
    return found;
  }

  /* The light colours stand in the drawing itself, for programs that know no tokens and for paper; a screen that is dark takes the dark ones. */
  function adapting(address) {
    const start = address.indexOf(",") + 1, drawing = decodeURIComponent(address.slice(start)), named = /(fill|stroke)="var\(--([\w-]+)\)"/g;
    const used = new Set([...drawing.matchAll(named)].map(([, what, name]) => `${what} ${name}`));
    const [light, dark] = ["light", "dark"].map(tokens);
    const rules = [...used].map((each) => each.split(" ")).map(([what, name]) => `[data-${what}="${name}"]{${what}:${dark(name)}}`).join("");
    const coloured = drawing.replace(named, (_, what, name) => `${what}="${light(name)}" data-${what}="${name}"`);
    return address.slice(0, start) + encodeURIComponent(coloured.replace(/<svg[^>]*>/, (open) => `${open}<style>@media screen and (prefers-color-scheme:dark){${rules}}</style>`));
  }

  /* What a token is in light or in dark, whichever of them the page shows. */
  function tokens(theme) {
    return (name) => {
      const place = document.createElement("div");
      place.dataset.bsTheme = theme;
      document.body.append(place);
      const value = getComputedStyle(place).getPropertyValue(`--${name}`).trim();
      place.remove();
      return value;
    };
  }

  function save(name, address) {
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
  }

  const options = { trend, pareto, used, booked };
  const charts = [];
  function draw() {
    document.querySelectorAll("[data-chart]").forEach((place) => {
      const chart = echarts.init(place, null, { renderer: "svg" });
      const values = JSON.parse(place.dataset.values);
      const option = () => ({ animation: false, tooltip: { trigger: "axis", confine: true, renderMode: "richText", backgroundColor: css("--paper"), borderColor: css("--line2"), textStyle: { color: css("--ink"), fontSize: 12 }, axisPointer: { lineStyle: { color: css("--line2") } } }, textStyle: text(), ...options[place.dataset.chart](values, place.clientWidth) });
      chart.setOption(option());
      charts.push(chart);
      scalable(chart);
      follow(chart, values.links || []);
      const beside = place.closest("section").querySelector(".chart-pictures");
      if (beside) offer(beside, () => ({ ...option(), width: place.clientWidth, height: place.clientHeight }));
    });
    offerDrawn(document);
  }
  function offerDrawn(part) {
    part.querySelectorAll("[data-drawn]").forEach((place) => {
      offer(place, () => drawn[place.dataset.drawn](place.closest("section").querySelector("table")));
    });
  }
  /* What comes after the page. */
  document.addEventListener("htmx:load", (event) => offerDrawn(event.detail.elt));
  /* Paper is narrower than the screen: there the drawing is made smaller as a whole. */
  function scalable(chart) {
    chart.getDom().querySelector("svg").setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
  }

  /* On paper each is drawn for its width, with words as large as those around it, however wide the window is; without being told
     so in time it is as it was on the screen, made smaller as a whole. */
  const PAPER = { width: 672, height: 240 };
  function resize(size) {
    charts.forEach((chart) => { chart.resize(size); chart.getZr().flush(); scalable(chart); });
  }
  addEventListener("resize", () => matchMedia("print").matches || resize());
  addEventListener("beforeprint", () => resize(PAPER));
  addEventListener("afterprint", () => resize({ width: "auto", height: "auto" }));
  draw();
})();
