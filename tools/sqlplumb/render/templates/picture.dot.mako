digraph {
  label="${title}" labelloc=t labeljust=l rankdir=LR nodesep=0.4 ranksep=0.9
  node [shape=plain fontname="Courier" fontsize=10]
  edge [dir=both fontname="Courier" fontsize=12]
% for one in nodes:
  ${one.id} [tooltip="${one.tooltip}" label=<<table border="1" cellborder="0" cellspacing="0" cellpadding="3" color="${one.colour}" style="${one.style}">
    <tr><td port="head" colspan="4" align="left" bgcolor="${one.paper}"><b>${one.name | celled,n}</b>  ${one.label | celled,n}</td></tr>
% for line in one.lines:
    <tr>\
% for cell, port in zip(line.cells, line.ports):
<td align="left"${' port="{}"'.format(port) if port else "" | n}${' colspan="4"' if len(line.cells) == 1 else "" | n}${' bgcolor="{}"'.format(line.paper) if line.paper else "" | n}>${cell | celled,n}</td>\
% endfor
</tr>
% endfor
  </table>>]
% endfor
% for one in arrows:
  ${one.parent | n} -> ${one.child | n} [arrowtail=${one.tail | n} arrowhead=${one.head | n} color="${one.colour}" style="${one.style}" label="${one.label}" tooltip="${one.tooltip}"]
% endfor
}
