<?php

namespace App\Http\Controllers;

use App\Models\Order;
use Illuminate\Http\Request;

class OrderController extends Controller
{
    public function index(Request $request)
    {
        return Order::query()->latest()->paginate(min((int) $request->input('per_page', 20), 100));
    }
}
