<?php
header('Location: ' . $_GET['url']); // BAD
exit;
