<?php
$from = $_POST['from'];
mail('desk@example.com', 'Contact', $_POST['text'], 'From: ' . $from . "\r\n"); // BAD
$fields = "Reply-To: $from\r\n";
mail('desk@example.com', 'Contact', $_POST['text'], $fields); // BAD
error_log('nobody is called ' . $_POST['person']); // BAD
