<svg xmlns="http://www.w3.org/2000/svg" class="sqlplumb-picture" id="${name}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${name}-title ${name}-said">
<title id="${name}-title">${title}</title>
<desc id="${name}-said">${description}</desc>
<style>
.sqlplumb-picture { --paper: #ffffff; --box: #ffffff; --head: #eef1f5; --ink: #1c2430; --faint: #5b6675; --line: #8a94a3; --edge: #5f6b7c; --key: #7a4f00; --come: #116329; --come-paper: #dcf5e3; --gone: #b3261e; --gone-paper: #fde4e1; --other: #7a4b00; --other-paper: #fdf0cf; --focus: #0b62c4; }
@media (prefers-color-scheme: dark) { .sqlplumb-picture { --paper: #12161c; --box: #1a2029; --head: #262e3a; --ink: #e4e9f0; --faint: #9aa6b6; --line: #566272; --edge: #8b98aa; --key: #e0b45c; --come: #63d68a; --come-paper: #143322; --gone: #ff8f86; --gone-paper: #45201f; --other: #f0c04c; --other-paper: #3b3013; --focus: #6bb1ff; } }
@media print { .sqlplumb-picture { --paper: #ffffff; --box: #ffffff; --head: #eef1f5; --ink: #000000; --faint: #444444; --line: #777777; --edge: #444444; --key: #5c3b00; --come: #0b4d1e; --come-paper: #e6f7eb; --gone: #8f1c16; --gone-paper: #fdeceb; --other: #5c3900; --other-paper: #fdf5e0; --focus: #0b4a94; print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
.sqlplumb-picture text { font: 12px ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", "Liberation Mono", Consolas, monospace; fill: var(--ink); dominant-baseline: central; white-space: pre; }
.sqlplumb-picture .paper { fill: var(--paper); }
.sqlplumb-picture .body { fill: var(--box); stroke: var(--line); }
.sqlplumb-picture .head { fill: var(--head); stroke: none; }
.sqlplumb-picture .rule { stroke: var(--line); stroke-width: .75; fill: none; }
.sqlplumb-picture text.name { font-weight: 700; }
.sqlplumb-picture text.caption { font-weight: 700; }
.sqlplumb-picture text.label, .sqlplumb-picture text.type, .sqlplumb-picture text.note, .sqlplumb-picture text.fact { fill: var(--faint); }
.sqlplumb-picture text.note { font-style: italic; }
.sqlplumb-picture text.key { fill: var(--key); font-weight: 700; }
.sqlplumb-picture text.mark { font-weight: 700; }
.sqlplumb-picture .view > .body, .sqlplumb-picture .view > .rule { stroke-dasharray: 6 4; }
.sqlplumb-picture .virtual-table > .body { stroke-dasharray: 1.5 3; stroke-width: 1.5; stroke-linecap: round; }
.sqlplumb-picture .view text.name, .sqlplumb-picture .virtual-table text.name { font-style: italic; }
.sqlplumb-picture .missing > .body { fill: none; stroke-dasharray: 2 4; }
.sqlplumb-picture .missing > .head { fill: none; }
.sqlplumb-picture .line, .sqlplumb-picture .ends { fill: none; stroke: var(--edge); stroke-width: 1.25; }
.sqlplumb-picture .rings { fill: var(--paper); stroke: var(--edge); stroke-width: 1.25; }
.sqlplumb-picture .edge:hover > .line { stroke-width: 3; }
.sqlplumb-picture .created { --line: var(--come); --edge: var(--come); --head: var(--come-paper); }
.sqlplumb-picture .dropped { --line: var(--gone); --edge: var(--gone); --head: var(--gone-paper); }
.sqlplumb-picture .altered { --line: var(--other); --edge: var(--other); --head: var(--other-paper); }
.sqlplumb-picture .created > .body, .sqlplumb-picture .dropped > .body, .sqlplumb-picture .altered > .body, .sqlplumb-picture .focus > .body { stroke-width: 2.25; }
.sqlplumb-picture .focus > .body { stroke: var(--focus); }
.sqlplumb-picture .dropped > .line { stroke-dasharray: 5 4; }
.sqlplumb-picture .created > .line, .sqlplumb-picture .altered > .line { stroke-width: 2; }
.sqlplumb-picture .dropped > text.name, .sqlplumb-picture .dropped > text.column, .sqlplumb-picture .dropped > text.fact { text-decoration: line-through; }
.sqlplumb-picture .created > .band { fill: var(--come-paper); }
.sqlplumb-picture .dropped > .band { fill: var(--gone-paper); }
.sqlplumb-picture .altered > .band { fill: var(--other-paper); }
.sqlplumb-picture .created > text.mark, .sqlplumb-picture .created > text.name, .sqlplumb-picture text.come { fill: var(--come); }
.sqlplumb-picture .dropped > text.mark, .sqlplumb-picture .dropped > text.name, .sqlplumb-picture text.gone { fill: var(--gone); }
.sqlplumb-picture .altered > text.mark, .sqlplumb-picture .altered > text.name, .sqlplumb-picture text.other { fill: var(--other); }
</style>
<rect class="paper" width="${width}" height="${height}"/>
% for one in caption:
${text(one)}
% endfor
<g class="edges">
% for one in edges:
<g class="edge ${one.state}"><title>${one.tooltip}</title><path class="line" d="${one.path}"/><path class="ends" d="${one.ends}"/><path class="rings" d="${one.rings}"/>${text(one.mark) if one.mark else ""}</g>
% endfor
</g>
<g class="boxes">
% for one in boxes:
<g class="box ${one.kind} ${one.state}${" focus" if one.is_focus else ""}" transform="translate(${f"{one.x:g}"} ${f"{one.y:g}"})">
<title>${one.sized.box.tooltip or one.sized.box.name}</title>
<rect class="body" width="${f"{one.sized.width:g}"}" height="${f"{one.sized.height:g}"}" rx="5"/>
<path class="head" d="M1 28V6a5 5 0 0 1 5 -5H${f"{one.sized.width - 6:g}"}a5 5 0 0 1 5 5V28z"/>
% for piece in one.sized.head:
${text(piece)}
% endfor
% for line_of_it in one.sized.lines:
<g class="row ${states[line_of_it.row.mark]}"><title>${line_of_it.row.tooltip or line_of_it.row.name}</title><rect class="band" x="2" y="${f"{line_of_it.y - line / 2:g}"}" width="${f"{one.sized.width - 4:g}"}" height="${f"{line:g}"}" fill="none"/>\
% for piece in line_of_it.texts:
${text(piece)}\
% endfor
</g>
% endfor
% if one.sized.rule:
<path class="rule" d="M0 ${f"{one.sized.rule:g}"}H${f"{one.sized.width:g}"}"/>
% endif
</g>
% endfor
</g>
</svg>
<%def name="text(one)" filter="trim, n"><text class="${one.style}" x="${f"{one.x:g}"}" y="${f"{one.y:g}"}"\
% if one.is_told_its_width:
 textLength="${f"{one.width:g}"}" lengthAdjust="spacingAndGlyphs"\
% endif
>${one.text}</text></%def>
