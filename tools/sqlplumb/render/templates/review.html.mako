<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>
${style | n}</style>
</head>
<body>
<header class="verdict ${level}">
<div class="wide">
${sign | n}
<h1><span class="word">${headline}<span class="unseen">:</span></span> <span class="why">${summary}</span></h1>
</div>
</header>
% if len(parts) > 1:
<nav class="wide" aria-label="The revisions">
<ol>
% for part in parts:
<li><a href="#${part.key}"><span class="badge ${part.page.level}">${headlines[part.page.level]}</span> <b>${part.page.revision}</b> ${part.page.message}</a></li>
% endfor
</ol>
</nav>
% endif
<main class="wide">
% for part in parts:
${part.told | n}
% endfor
</main>
</body>
</html>
