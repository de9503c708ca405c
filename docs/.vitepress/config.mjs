// The site: `make docs`. The pages are the Markdown files beside this folder, as they are.
import { defineConfig } from "vitepress";

// What a page links to outside docs/ is in the repository, not on the site: its name is shown.
function linksWithinSite(markdown) {
  const isOutside = token => (token.attrGet("href") || "").startsWith("../");
  markdown.core.ruler.push("links-within-site", state => {
    for (const block of state.tokens) {
      const open = [];
      for (const token of block.children || []) {
        if (token.type === "link_open") open.push(isOutside(token));
        const drop = token.type === "link_open" && open.at(-1)
          || token.type === "link_close" && open.pop();
        if (drop) Object.assign(token, { type: "text", tag: "", nesting: 0, content: "" });
      }
    }
  });
}

export default defineConfig({
  title: "hathora",
  description: "Hathora Cloud's API from Lua, and on machines of your own",
  lang: "en",
  cleanUrls: false,
  lastUpdated: false,
  head: [["link", { rel: "icon", href: "data:," }]],
  markdown: { config: linksWithinSite },
  themeConfig: {
    nav: [
      { text: "Getting started", link: "/getting-started" },
      { text: "Client", link: "/event-loops" },
      { text: "Host", link: "/host" },
      { text: "Reference", link: "/operations" },
    ],
    sidebar: [
      { text: "Start here", items: [
        { text: "Getting started", link: "/getting-started" },
        { text: "Rooms", link: "/rooms" },
        { text: "Players", link: "/players" },
      ] },
      { text: "Client", items: [
        { text: "Event loops", link: "/event-loops" },
        { text: "Errors", link: "/errors" },
        { text: "The command hathora", link: "/command-line" },
        { text: "Testing a program", link: "/testing" },
        { text: "Types in your editor", link: "/editor" },
        { text: "Moving here", link: "/moving" },
      ] },
      { text: "Host", items: [
        { text: "Running a host", link: "/host" },
        { text: "Configuration", link: "/configuration" },
        { text: "Engines", link: "/engines" },
        { text: "Promises", link: "/promises" },
        { text: "Operating", link: "/operating" },
        { text: "Monitoring", link: "/monitoring" },
        { text: "Troubleshooting", link: "/troubleshooting" },
        { text: "How far it scales", link: "/scale" },
      ] },
      { text: "Reference", items: [
        { text: "Operations", link: "/operations" },
        { text: "Options", link: "/options" },
      ] },
    ],
    outline: { level: [2, 3] },
    search: { provider: "local" },
    footer: { message: "MIT licence" },
  },
});
