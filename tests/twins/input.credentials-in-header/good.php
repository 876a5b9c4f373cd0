<?php
sign_in($_POST['user'], $_POST['password'], $_GET['page_token']);
