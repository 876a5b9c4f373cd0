<?php
define('DB_PASSWORD', getenv('DB_PASSWORD'));
$apiKey = $_ENV['API_KEY'];
return ['password' => env('DB_PASSWORD', ''), 'rules' => ['password' => 'required|min:8|confirmed']];
