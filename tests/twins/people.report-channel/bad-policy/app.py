print('parcels')
