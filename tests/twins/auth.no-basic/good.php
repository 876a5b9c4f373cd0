<?php

use Illuminate\Support\Facades\Route;

Route::get('/stock', [StockController::class, 'index'])->middleware('auth:sanctum');
Route::post('/login', [DoorController::class, 'enter']);
