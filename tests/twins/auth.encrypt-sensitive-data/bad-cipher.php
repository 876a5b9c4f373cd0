<?php
$first = openssl_encrypt($text, 'AES-128-ECB', $key); // BAD
$second = openssl_encrypt($text, 'aes-256-cbc', $key, 0, 'clinic-start-001'); // BAD
$third = mcrypt_encrypt(MCRYPT_RIJNDAEL_128, $key, $text, MCRYPT_MODE_CBC, $start); // BAD
$fourth = openssl_encrypt($text, 'des-ede3-cbc', $key, 0, random_bytes(8)); // BAD
