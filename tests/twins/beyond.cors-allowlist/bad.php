<?php

header('Access-Control-Allow-Credentials: true');
header('Access-Control-Allow-Origin: ' . $_SERVER['HTTP_ORIGIN']); // BAD
header('Content-Type: application/json');
echo json_encode($report->rows());
