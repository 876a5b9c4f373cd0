<ul>
  <li><a href="<?= htmlspecialchars($_GET['site']) ?>">home page</a></li> <!-- BAD -->
  <li><a href="<?php echo $_GET['other']; ?>">another</a></li> <!-- BAD -->
</ul>
