<?php
$host = escapeshellarg($_GET['host']);
echo shell_exec("ping -c 1 $host");
$up = `uptime`;
$state = unserialize($_COOKIE['state'], ['allowed_classes' => false]);
$given = json_decode($_POST['given']);
$pages = ['home' => 'pages/home.php', 'about' => 'pages/about.php'];
include $pages[$_GET['page']];
$number = (int) $_GET['number'];
system("head -$number log.txt");
