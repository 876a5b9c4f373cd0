<?php
$password = $_GET['password']; // BAD
sign_in($_GET['user'], $password);
