<?php
move_uploaded_file($_FILES['avatar']['tmp_name'], '/srv/avatars/' . bin2hex(random_bytes(16)));
readfile('/srv/pages/' . basename($_GET['page']));
include __DIR__ . '/header.php';
