${whole | n} ${page.headline}

${page.message} (revision ${page.revision}, ${page.file})
% if page.reasons:

% for reason in page.reasons:
- **${reason.level}** ${reason.words}
% endfor
% endif
% if changes:

${part | n} What changes

% for shown, block in changes:
<details><summary>${shown.title | n,summary}: ${"; ".join(shown.deeds) | n,summary} ${"(" + shown.place + ")" if shown.place else "" | n,summary}</summary>
% if block:

${block.fence | n}${block.language | n}
${block.text | n}
${block.fence | n}
% endif

</details>

% endfor
% endif
% if statements:
${part | n} What will run

<details><summary>${len(statements) | n,summary} statements${", " + page.database.waits if page.database else "" | n,summary}</summary>

% for said, block in statements:
${said.number | n,str}. **${said.work}** ${said.words}${f", {said.rows} rows, {said.time}" if said.rows is not None else ""}

${block.fence | n}${block.language | n}
${block.text | n}
${block.fence | n}

% endfor
</details>

% endif
% if page.database:
${part | n} In ${page.database.label}

% for name, rows, size in page.database.tables:
- ${name}: ${rows} rows ${size}
% endfor
% for one in page.database.refused:
% if one.rows:
- **${one.rows} rows of ${one.table} would be refused by ${one.rule}**: ${"; ".join(one.values)}
% else:
- rows that ${one.rule} refuses were not looked for: ${one.why_not}
% endif
% endfor
% for one in page.database.drift:
- drift: ${one}
% endfor

% endif
${part | n} What is lost

% if page.lost:
% for one in page.lost:
- ${one.message} (${one.leave})
% endfor
% else:
Nothing.
% endif

% if page.values:
${part | n} Values that change

% for one in page.values:
- ${one}
% endfor

% endif
${part | n} Findings

% if page.findings:
% for one in page.findings:
- **${one.severity} ${one.code}** ${one.message} ${f"({one.place})" if one.place else ""}
  ${one.instead}
% endfor
% else:
None.
% endif

${part | n} The proof ${"holds" if page.proved.holds else "fails"}

${page.proved.words}
% if page.proved.failures or page.proved.uncovered or page.proved.notes:

% for one in page.proved.failures:
- **fails** ${one}
% endfor
% for one in page.proved.uncovered:
- not covered: ${one}
% endfor
% for one in page.proved.notes:
- noted: ${one}
% endfor
% endif

It ran ${page.proved.under}.
% if page.back or page.back_loses:

${part | n} The way back

% for one in page.back:
- ${one}
% endfor
% for one in page.back_loses:
- **loses** ${one}
% endfor
% endif
% if picture:

<details><summary>The tables that change, and those tied to them</summary>

${picture.fence | n}${picture.language | n}
${picture.text | n}
${picture.fence | n}

</details>
% endif
% if left_out:

Too long for a comment, and left out: ${left_out}. `sqlplumb review` shows all of it.
% endif
