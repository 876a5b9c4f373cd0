<h1>Hello <?= $_GET['name'] ?></h1> <!-- BAD -->
<?php
$note = $_POST['note'];
echo "<p>$note</p>"; // BAD
