"""The one style sheet of report.html: light, dark and printed."""

STYLE = """
:root{color-scheme:light dark;--ink:#15201b;--soft:#55645d;--line:#d7dfdb;--page:#fff;--card:#f5f8f6;--bar:#0b6e4f;
--p0:#0072b2;--p1:#d55e00;--p2:#009e73;--p3:#cc79a7;--p4:#e69f00;--p5:#56b4e9;
--p6:#f0e442;--p7:#7f3c8d;--p8:#8c6d31;--p9:#8a8a8a;
--high:#a3161a;--medium:#8a4b00;--low:#39606f}
@media(prefers-color-scheme:dark){:root{--ink:#e6efeb;--soft:#a2b3ab;--line:#33413a;--page:#0b100e;--card:#141b18;
--bar:#3fb489;--p0:#56b4e9;--high:#ff8f8a;--medium:#f0b35c;--low:#8fc1d6}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#ccc;--page:#fff;--card:#fff;--bar:#0b6e4f;
--p0:#0072b2;--high:#a3161a;--medium:#8a4b00;--low:#39606f}
body{font-size:11px;max-width:none}.card,tr,svg,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}nav{display:none}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1240px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.25rem;margin:2.2rem 0 .6rem}
h3{font-size:1rem;margin:0 0 .3rem;overflow-wrap:anywhere}p{margin:.2rem 0;overflow-wrap:anywhere}
a{color:var(--bar)}nav a{margin-right:1rem}nav{margin:.8rem 0}
.soft{color:var(--soft)}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem}caption{text-align:left;font-weight:600}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;max-width:22rem;
overflow-wrap:break-word}td:first-child{min-width:7rem}
th{color:var(--soft);font-weight:600}
td,th{white-space:nowrap}td.long,td:first-child{white-space:normal}
.figures :is(td,th):not(:first-child),.columns :is(td,th):nth-child(n+4):nth-child(-n+9){text-align:right;
font-variant-numeric:tabular-nums}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,460px),1fr));gap:.9rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem .9rem;min-width:0}
.card+.card.full{grid-column:1/-1}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.2rem 1rem;margin:.5rem 0;font-size:.88rem}
dt{color:var(--soft)}dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
details{margin:.3rem 0}summary{cursor:pointer;color:var(--soft);font-size:.88rem}
.tag{border:1px solid currentColor;border-radius:4px;padding:0 .4rem;font-size:.82rem;margin-right:.4rem}
.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}
figure{margin:.4rem 0}figcaption{font-weight:600;font-size:.9rem;overflow-wrap:anywhere}
svg{max-width:100%;height:auto;display:block}
text{fill:var(--soft);font:11px system-ui,sans-serif}.bar{fill:var(--bar)}.axis{stroke:var(--line);fill:none}
.ground{fill:var(--soft);fill-opacity:.22}.whisker,.level{stroke:var(--p1);fill:none}.level{stroke-dasharray:3 3}
.dot,.mark{fill:var(--p1)}.p0{fill:var(--p0)}.p1{fill:var(--p1)}.p2{fill:var(--p2)}.p3{fill:var(--p3)}
.p4{fill:var(--p4)}.p5{fill:var(--p5)}.p6{fill:var(--p6)}.p7{fill:var(--p7)}.p8{fill:var(--p8)}.p9{fill:var(--p9)}
"""
