import { createRoute } from '@tanstack/react-router'

import { DesignPage } from '../features/design/DesignPage'
import { rootRoute } from './root'

export const designRoute = createRoute({ getParentRoute: () => rootRoute, path: '/design', component: DesignPage })
