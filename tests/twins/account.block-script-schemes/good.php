<ul>
  <li><a href="/find?words=<?= urlencode($_GET['words']) ?>">again</a></li>
  <li><a href="/me"><?= htmlspecialchars($_GET['name']) ?></a></li>
</ul>
