<article id="${key}" aria-labelledby="${key}-title">
% if is_one_of_several:
<h2 id="${key}-title" class="one ${page.level}"><span class="badge ${page.level}">${headlines[page.level]}</span> ${page.revision}: ${page.summary}</h2>
% endif
<p class="about"\
% if not is_one_of_several:
 id="${key}-title"\
% endif
><b>${page.message}</b> <span class="faint">revision <code>${page.revision}</code> in <code>${page.file}</code></span></p>
% if page.reasons:
<ul class="reasons" aria-label="More reasons">
% for one in page.reasons:
<li><span class="badge ${one.level}">${headlines[one.level]}</span> <span>${one.words}</span></li>
% endfor
</ul>
% endif
<dl class="glance">
% for term, words in glance:
<div><dt>${term}</dt><dd>${words}</dd></div>
% endfor
</dl>

<section aria-labelledby="${key}-changes">
${heading("changes", "What changes")}
% for number, one in enumerate(page.changes, 1):
<div class="change">
${below(one.title)}
<ul class="deeds">
% for deed in one.deeds:
<li>${deed}</li>
% endfor
</ul>
% if one.place:
<p class="place">in <code>${one.place}</code></p>
% endif
% if one.has_both:
${both(one)}
% else:
${whole(one)}
% endif
</div>
% endfor
% if not page.changes:
<p>Nothing: the schema stays what it is.</p>
% endif
</section>

<section aria-labelledby="${key}-runs">
${heading("runs", "The SQL that will run")}
% if page.database and page.statements:
<p>${page.database.label}: ${page.database.waits}.</p>
% endif
% if page.statements:
<ol class="statements">
% for one in page.statements:
<li class="${one.work.replace(" ", "-")}">
<p class="does"><span class="number" aria-hidden="true">${one.number}</span> <span class="badge work">${one.work}</span> <span class="words">${one.words}</span>\
% if one.blocks:
 <span class="cost">blocks ${one.blocks}</span>\
% endif
% if one.rows is not None:
 <span class="cost"><b>${counted(one.rows)}</b>, ${one.time}</span>\
% endif
</p>
<pre><code>${one.sql}</code></pre>
</li>
% endfor
</ol>
% else:
<p>No statement.</p>
% endif
</section>
% if page.database:

<section aria-labelledby="${key}-database">
${heading("database", "In " + page.database.label)}
% for one in page.database.refused:
% if one.rows:
<div class="note stop">
<p><b>${counted(one.rows)} of ${one.table}</b> would be refused by <code>${one.rule}</code></p>
% if one.values:
<p>The first values: \
% for value in one.values:
<code class="value">${value}</code> \
% endfor
</p>
% endif
</div>
% else:
<p class="note look">Nobody could look for rows that <code>${one.rule}</code> refuses: ${one.why_not}</p>
% endif
% endfor
% if page.database.held:
<ul>
% for one in page.database.held:
<li>No row would be refused by <code>${one}</code></li>
% endfor
</ul>
% endif
% if page.database.drift:
<div class="note stop">
<p><b>Drift:</b> it is not what this revision starts from.</p>
<ul>
% for one in page.database.drift:
<li>${one}</li>
% endfor
</ul>
</div>
% else:
<p>No drift: it is what this revision starts from.</p>
% endif
% if page.database.tables:
<table class="sizes">
<caption>Tables that the statements go through</caption>
<thead><tr><th scope="col">Table</th><th scope="col">Rows</th>\
% if has_sizes:
<th scope="col">Size</th>\
% endif
</tr></thead>
<tbody>
% for name, rows, size in page.database.tables:
<tr><th scope="row">${name}</th><td>${f"{rows:,}"}</td>\
% if has_sizes:
<td>${size}</td>\
% endif
</tr>
% endfor
</tbody>
</table>
% endif
</section>
% endif

<section aria-labelledby="${key}-lost">
${heading("lost", "What could be lost")}
% for one in page.lost:
<div class="note look">
<p><b>${one.message}</b></p>
% if one.advice:
<p>${coded(one.advice)}</p>
% endif
<p class="faint">allowed by <code>${one.leave}</code></p>
</div>
% endfor
% if not page.lost:
<p>Nothing is lost.</p>
% endif
</section>

% if page.values:
<section aria-labelledby="${key}-values">
${heading("values", "Values that change")}
<ul>
% for one in page.values:
<li>${one}</li>
% endfor
</ul>
</section>

% endif
<section aria-labelledby="${key}-findings">
${heading("findings", "Findings")}
% for one in page.findings:
<div class="note ${one.severity}">
<p><span class="badge ${one.severity}">${one.severity}</span> <code>${one.code}</code> <b>${one.message}</b></p>
<p>${coded(one.instead)}</p>
% if one.place:
<p class="place">in <code>${one.place}</code></p>
% endif
</div>
% endfor
% if not page.findings:
<p>No findings.</p>
% endif
% if page.ignored:
<p>Let stand by a comment:</p>
<ul>
% for one in page.ignored:
<li><code>${one.code}</code> ${one.message}: ${one.reason or "no reason is given"}</li>
% endfor
</ul>
% endif
</section>

<section aria-labelledby="${key}-proof">
${heading("proof", "The proof holds" if page.proved.holds else "The proof fails")}
<p>${page.proved.words}</p>
% for one in page.proved.failures:
<p class="note stop"><b>Fails:</b> ${one}</p>
% endfor
% if page.proved.uncovered:
<p>Not covered:</p>
<ul>
% for one in page.proved.uncovered:
<li>${one}</li>
% endfor
</ul>
% else:
<p>Nothing was left uncovered.</p>
% endif
% for one in page.proved.notes:
<p>Noted: ${one}</p>
% endfor
<p class="faint">It ran ${coded(page.proved.under)}.</p>
</section>

<section aria-labelledby="${key}-back">
${heading("back", "The way back")}
% if page.back:
<ul>
% for one in page.back:
<li>${one}</li>
% endfor
</ul>
% endif
% for one in page.back_loses:
<p class="note look"><b>Lost on the way back:</b> ${one}</p>
% endfor
% if not page.back_loses:
<p>It loses nothing.</p>
% endif
</section>
% if picture:

<section aria-labelledby="${key}-picture-head">
${heading("picture-head", "The tables that change, and those tied to them")}
<div class="drawn" tabindex="0" role="region" aria-label="The picture of the tables, to be scrolled">
${picture | n}
</div>
</section>
% endif
</article>
<%def name="heading(name, words)" filter="trim, n"><h${depth} id="${key}-${name}">${words}</h${depth}></%def>
<%def name="below(words)" filter="trim, n"><h${depth + 1}><code>${words}</code></h${depth + 1}></%def>
<%def name="both(one)" filter="trim, n">
<table class="ddl" role="table">
<caption class="unseen">${one.title}, before and after, line by line</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Before</th><th scope="col" role="columnheader">After</th></tr></thead>
<tbody role="rowgroup">
% for line in one.lines:
<tr role="row" class="${line.kind}">${side(line.current, line.kind, "del")}${side(line.desired, line.kind, "ins")}</tr>
% endfor
</tbody>
</table>
</%def>
<%def name="side(bits, kind, tag)" filter="trim, n">
% if bits is None:
<td role="cell" class="none"></td>
% elif kind == "same":
<td role="cell"><code>${text(bits)}</code></td>
% elif kind == "changed":
<td role="cell" class="${tag}"><code>${marked(bits, tag)}</code></td>
% else:
<td role="cell" class="${tag}"><code><${tag}>${text(bits)}</${tag}></code></td>
% endif
</%def>
<%def name="text(bits)" filter="trim_end, n">\
% for bit in bits:
${bit.text}\
% endfor
</%def>
<%def name="marked(bits, tag)" filter="trim_end, n">\
% for bit in bits:
% if bit.marked:
<${tag}>${bit.text}</${tag}>\
% else:
${bit.text}\
% endif
% endfor
</%def>
<%def name="whole(one)" filter="trim, n">
% for sign, words, lines in sides(one):
<figure class="whole ${sign}"><figcaption>${words}</figcaption><pre><code>${lines}</code></pre></figure>
% endfor
</%def>
<%def name="coded(words)" filter="trim_end, n">\
% for number, piece in enumerate(words.split("`")):
% if number % 2:
<code>${piece}</code>\
% else:
${piece}\
% endif
% endfor
</%def>
