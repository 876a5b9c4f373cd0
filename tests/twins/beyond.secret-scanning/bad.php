<?php
define('DB_PASSWORD', 'Zx81kqLm!7'); // BAD
$apiKey = "d41f8cd98a00b204e98f09b8ecf8427e"; // BAD
return ['password' => env('DB_PASSWORD', 'Hq72!mZpl')]; // BAD
