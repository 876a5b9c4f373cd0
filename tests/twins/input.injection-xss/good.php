<h1>Hello <?= htmlspecialchars($_GET['name']) ?></h1>
<?php
$note = htmlentities($_POST['note']);
$page = (int) $_GET['page'];
echo "<p>$note, page $page</p>";
echo json_encode($_POST['note']);
