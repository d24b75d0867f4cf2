// Draws stacked bars of events by outcome from data-chart: {"labels": […], "series": [{label, name, values}]}.
"use strict";

(() => {
  const COLOURS = {
    processed: "#2fb344", skipped: "#9ba9be", ignored: "#c8d0dc", parked: "#f59f00", rejected: "#f76707", failed: "#d63939",
  };

  const draw = (place) => {
    const { labels, series } = JSON.parse(place.dataset.chart);
    const shown = series.filter((one) => one.values.some(Boolean));
    const sums = labels.map(() => 0);
    const stacked = shown.map((one) => one.values.map((value, day) => (sums[day] += value)));
    const bars = uPlot.paths.bars({ size: [0.7, 40] });
    const options = {
      width: place.clientWidth,
      height: 256,
      scales: { x: { time: false, range: [-0.6, labels.length - 0.4] }, y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.1)] } },
      axes: [
        { values: (_u, days) => days.map((day) => (labels[day] || "").slice(0, 6)), incrs: [1, 2, 3, 7], grid: { show: false }, space: 48 },
        { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000, 50000], size: 48 },
      ],
      legend: { live: false },
      cursor: { drag: { x: false, y: false } },
      series: [
        {},
        ...shown.map((one) => ({ label: one.label, fill: COLOURS[one.name], stroke: COLOURS[one.name], width: 0, paths: bars, points: { show: false } })).reverse(),
      ],
    };
    const chart = new uPlot(options, [labels.map((_label, day) => day), ...stacked.reverse()], place);
    new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 256 })).observe(place);
  };

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
