<?php
$host = $_GET['host'];
echo shell_exec('ping -c 1 ' . $host); // BAD
$lines = `dig $host`; // BAD
$state = unserialize($_COOKIE['state']); // BAD
eval('$sum = ' . $_POST['sum'] . ';'); // BAD
include 'pages/' . $_GET['page'] . '.php'; // BAD
