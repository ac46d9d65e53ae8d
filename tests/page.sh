#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# page.sh -- opens a page of `ipc report` in chromium, as narrow as a telephone
#
# What no reader of the page's text can know: that nothing is wider than the
# window, that each plot is there and no name in it lies on another or is cut
# off, that the switches show what they say, and that the table sorts. $BUILD is
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

probe='<script>
addEventListener("load", () => {
  const said = [];
  const hold = (right, what) => { if (!right) said.push(what); };
  const all = what => [...document.querySelectorAll(what)];
  const shown = node => node.getClientRects().length > 0;
  const box = node => node.getBoundingClientRect();
  const root = document.documentElement;

  hold(innerWidth === 400, "the window is not 400 wide: " + innerWidth);
  hold(root.scrollWidth <= innerWidth, "the page is " + root.scrollWidth +
    " wide");
  const ids = all("[id]").map(node => node.id);
  hold(new Set(ids).size === ids.length, "an id is there twice");

  const pictures = all("section .narrow svg").filter(shown);
  hold(pictures.length === 6, pictures.length + " plots, not 6");
  hold(!all(".broad svg").some(shown), "a plot for wide screens is shown");
  for (const picture of pictures) {
    const name = picture.parentNode.getAttribute("aria-label");
    const texts = [...picture.querySelectorAll("text")]
      .filter(node => node.textContent.trim());
    hold(texts.some(node => node.textContent === "unix-seqpacket"),
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
  parent.postMessage(said.length ?
    said.slice(0, 3).join("; ") : "all is well", "*");
});
addEventListener("error", event => parent.postMessage(event.message, "*"));
</script>'

awk -f tests/results.awk >"$place/results.jsonl"
"$ipc" report "$place/results.jsonl" -o "$place/page.html" >/dev/null
printf '%s\n' "$probe" >>"$place/page.html"

# A window of its own would not be that narrow.
cat >"$place/frame.html" <<'END'
<!DOCTYPE html>
<title>nothing</title>
<script>onmessage = event => { document.title = event.data; };</script>
<iframe src="page.html" width="400" height="900" style="border: 0"></iframe>
END

timeout -k 5 100 chromium --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$place/chromium" --virtual-time-budget=3000 \
    --dump-dom "file://$place/frame.html" >"$place/dom.html" 2>/dev/null || true
said=$(sed -n 's|.*<title>\(.*\)</title>.*|\1|p' "$place/dom.html")
[ "$said" = 'all is well' ] || {
    echo "tests/page.sh: ${said:-chromium did not open it}"
    exit 1
}
echo "page: seen by chromium"
