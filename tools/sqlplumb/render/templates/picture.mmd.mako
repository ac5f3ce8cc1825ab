erDiagram
    ${"%%" | n} ${title}
% for one in entities:
    ${one.id | n}["${one.name}"] {
% for attribute in one.attributes:
        ${attribute.type | n} ${attribute.name | n}${" " + attribute.keys if attribute.keys else "" | n}\
% if attribute.comment:
 "${attribute.comment}"\
% endif

% endfor
    }
% endfor
% for one in relations:
    ${one.parent | n} ${one.ends | n} ${one.child | n} : "${one.label}"
% endfor
% if is_difference:
    classDef created stroke:#1a7f37,stroke-width:3px
    classDef dropped stroke:#b3261e,stroke-width:3px,stroke-dasharray:5
    classDef altered stroke:#9a6700,stroke-width:3px
% for one in entities:
% if one.state:
    class ${one.id | n} ${one.state | n}
% endif
% endfor
% endif
