<svg class="sign" viewBox="0 0 24 24" width="36" height="36" aria-hidden="true" focusable="false">\
% if level == "safe":
<circle cx="12" cy="12" r="11"/><path d="M6.5 12.5l3.8 3.8 7.2-8"/>\
% elif level == "look":
<path class="shape" d="M12 1.5L23.2 21.5H.8z"/><path d="M12 8.5v6M12 17.6v.9"/>\
% else:
<path class="shape" d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z"/><path d="M8 8l8 8M16 8l-8 8"/>\
% endif
</svg>
