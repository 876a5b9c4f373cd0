<?php

const FRIENDS = ['https://shop.example.com'];

$from = $_SERVER['HTTP_ORIGIN'] ?? '';
header('Access-Control-Allow-Origin: https://shop.example.com');
header('Access-Control-Allow-Credentials: true');
header('Vary: Origin');
echo json_encode($report->rows());
