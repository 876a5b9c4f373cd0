<?php
move_uploaded_file($_FILES['avatar']['tmp_name'], '/srv/avatars/' . $_FILES['avatar']['name']); // BAD
include '/srv/pages/' . $_GET['page']; // BAD
