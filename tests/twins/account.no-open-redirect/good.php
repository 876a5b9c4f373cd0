<?php
header('Location: /orders.php?id=' . urlencode($_GET['id']));
header('Content-Type: ' . $type);
exit;
