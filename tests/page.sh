#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# page.sh -- opens pages of `ipc report` in chromium, as narrow as a telephone
#
# What no reader of a page's text can know: that nothing is wider than the
# window, that each plot is there and no name in it lies on another or is cut
# off, that the switches show what they say, that links lead somewhere, and that
# the table sorts. $BUILD is
# the folder of what was built. Without chromium or gnuplot there is nothing to
# see, and it says so.
set -euo pipefail
export LC_ALL=C

for tool in chromium gnuplot; do
    command -v "$tool" >/dev/null || {
        echo "page: skipped: no $tool"
        exit 0
    }
done

ipc=$(realpath "$BUILD")/bin/ipc
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# What both pages are held to: look_at(how many plots, a name in each of them).
common='<script>
const said = [];
const hold = (right, what) => { if (!right) said.push(what); };
const all = what => [...document.querySelectorAll(what)];
const shown = node => node.getClientRects().length > 0;
const box = node => node.getBoundingClientRect();
const look_at = (what, count, expected) => {
  const root = document.documentElement;

  hold(innerWidth === 400, "the window is not 400 wide: " + innerWidth);
  hold(root.scrollWidth <= innerWidth, "the page is " + root.scrollWidth +
    " wide");
  const ids = all("[id]").map(node => node.id);
  hold(new Set(ids).size === ids.length, "an id is there twice");

  const pictures = all(what).filter(shown);
  hold(pictures.length === count, pictures.length + " plots, not " + count);
  hold(!all(".broad svg").some(shown), "a plot for wide screens is shown");
  for (const picture of pictures) {
    const name = picture.parentNode.getAttribute("aria-label") ||
      picture.getAttribute("aria-label");
    const texts = [...picture.querySelectorAll("text")]
      .filter(node => node.textContent.trim());
    hold(texts.some(node => node.textContent.includes(expected)),
      name + ": a name is missing");
    texts.forEach((node, i) => {
      const a = box(node);
      hold(a.left >= box(picture).left - 1 && a.right <= box(picture).right + 1,
        name + ": " + node.textContent + " is cut off");
      for (const other of texts.slice(0, i)) {
        const b = box(other);
        hold(a.left >= b.right - 2 || b.left >= a.right - 2 ||
          a.top >= b.bottom - 4 || b.top >= a.bottom - 4,
          name + ": " + node.textContent + " is on " + other.textContent);
      }
    });
  }
};
const tell = () => parent.postMessage(said.length ?
  said.slice(0, 3).join("; ") : "all is well", "*");
addEventListener("error", event => parent.postMessage(event.message, "*"));
</script>'

results='<script>
addEventListener("load", () => {
  look_at("section .narrow svg", 6, "unix-seqpacket");

  const figures = all(".switch figure");
  const choose = text => all("label").find(node => node.textContent === text &&
    shown(node)).click();
  hold(shown(figures[0]) && !shown(figures[1]), "both placements are shown");
  choose("one processor");
  hold(!shown(figures[0]) && shown(figures[1]), "the switch does nothing");

  choose("sockets");
  const curves = all(".pick").find(node => node.querySelector("input"));
  const faint = [...curves.querySelectorAll(".narrow [id*=_plot_]")]
    .filter(node => getComputedStyle(node).opacity < 0.5)
    .map(node => node.textContent).join(" ").replace(/\s+/g, " ");
  hold(/pipe/.test(faint) && /ring/.test(faint) && !/unix-stream/.test(faint),
    "picked out is not what was asked for, but faint: " + faint);

  const rows = [...document.querySelector("table.cells").tBodies[0].rows];
  const column = all("table.cells thead th").findIndex(node =>
    node.textContent === "jobs/s");
  const rate = () => Number(document.querySelector("table.cells").tBodies[0]
    .rows[0].cells[column].dataset.v);
  hold(rows.length === 48, "rows: " + rows.length);
  all("table.cells thead button")[column].click();
  const least = rate();
  all("table.cells thead button")[column].click();
  hold(least > 1 && least < 2300 && rate() === 2e6, "it does not sort: " +
    least + ", " + rate());
  const filter = document.querySelector("input[type=search]");
  filter.value = "ring split";
  filter.dispatchEvent(new Event("input"));
  hold(rows.filter(row => !row.hidden).length === 3, "it does not filter");
  tell();
});
</script>'

# Each plot is there, each model twice, and each claim that the table leads to.
article='<script>
addEventListener("load", () => {
  look_at("article .narrow svg", 5, " ");
  look_at(".timeline .narrow svg", 12, "CPU 0");
  for (const link of all("table.claims a"))
    hold(document.querySelector("article" + link.hash), link.hash +
      " leads nowhere");
  hold(all("table.claims a").length === all("article").length,
    "a claim is not in the table");
  const details = document.querySelector("article details");
  const height = box(details).height;
  details.open = true;
  hold(box(details).height > height + 100, "the details do not open");
  tell();
});
</script>'

awk -f tests/results.awk >"$place/results.jsonl"
"$ipc" report "$place/results.jsonl" tests/claims.jsonl tests/models.jsonl \
    -o "$place/page.html" >/dev/null
printf '%s\n' "$common" "$results" >>"$place/page.html"
printf '%s\n' "$common" "$article" >>"$place/page-article.html"

# A window of its own would not be that narrow.
cat >"$place/frames.html" <<'END'
<!DOCTYPE html>
<title>nothing</title>
<script>
const said = [];
onmessage = event => {
  said.push(event.data);
  document.title = said.every(text => text === "all is well") ?
    said.length + " are well" : said.join("; ");
};
</script>
<iframe src="page.html" width="400" height="900" style="border: 0"></iframe>
<iframe src="page-article.html" width="400" height="900" style="border: 0">
</iframe>
END

timeout -k 5 100 chromium --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$place/chromium" --virtual-time-budget=3000 \
    --dump-dom "file://$place/frames.html" >"$place/dom.html" 2>/dev/null || true
said=$(sed -n 's|.*<title>\(.*\)</title>.*|\1|p' "$place/dom.html")
[ "$said" = '2 are well' ] || {
    echo "tests/page.sh: ${said:-chromium did not open it}"
    exit 1
}
echo "pages: seen by chromium"
