{{ head }}{% if statements %}{{ "\n\n" }}{{ statements }}{% else %} This table is an example: put your own in its place.

{{ example }}
{% endif %}
