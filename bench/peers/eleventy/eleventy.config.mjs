// The same job for Eleventy: site and tag feeds, RSS and Atom, full text of the 20 newest, and one digest page. Posts get
// no page of their own, as they get none from the others.
export default function (config) {
  config.addGlobalData("site", "Bench");
  config.addGlobalData("permalink", () => false);
  config.addDateParsing((date) => (typeof date === "string" ? new Date(`${date.replace(" ", "T")}+08:00`) : date));
  config.addCollection("newest", (api) => api.getFilteredByGlob("content/**/*.md"));
  config.addFilter("newest", (posts, count) => [...posts].sort((a, b) => b.date - a.date).slice(0, count));
  config.addFilter("iso", (date) => date.toISOString());
  config.addFilter("rfc822", (date) => date.toUTCString());
  return { templateFormats: ["md", "njk"] };
}
